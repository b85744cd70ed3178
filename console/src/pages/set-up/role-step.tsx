import { Stack, Tabs, Text } from '@mantine/core'
import type { OutputSetup, S3RoleBasedOutput } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { ButtonTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { outputQueries } from '../output/output-queries.ts'
import { AboutRole } from './about-role.tsx'
import { type Way, ways } from './set-up-search.ts'
import { useSetUpSearch } from './use-set-up-search.ts'
import { WayOfMaking } from './way-of-making.tsx'

const wayNames: Record<Way, string> = {
  console: 'AWS console',
  'aws-cli': 'AWS CLI',
  cloudformation: 'CloudFormation',
  terraform: 'Terraform',
}

/** One role, four ways to make it, each with this output’s own values. */
export function RoleStep({ output }: { output: S3RoleBasedOutput }) {
  const acting = useOrganization()
  const [{ principal, way = 'console' }] = useSetUpSearch()
  const setup = useQuery(outputQueries(acting, output.id).setup(principal))
  const params = { organizationId: acting.organization.id, outputId: output.id }
  return (
    <Stack gap="lg">
      <Card title="Make the role in your AWS account">
        <Loaded query={setup} what="what makes the role" lines={8}>
          {(kit) => (
            <Stack>
              <Text size="sm" maw={720}>
                Choose the way that you are used to; each makes the same role, and every value is
                filled in already. {kit.opens}
              </Text>
              <Ways kit={kit} />
              {way !== 'console' && <Elsewhere kit={kit} />}
              <AboutRole kit={kit} />
            </Stack>
          )}
        </Loaded>
      </Card>
      <ButtonTo
        to="/organizations/$organizationId/outputs/$outputId/set-up/$step"
        params={{ ...params, step: 'verification' }}
        style={{ alignSelf: 'flex-start' }}
      >
        The role is made: verify it
      </ButtonTo>
    </Stack>
  )
}

function Ways({ kit }: { kit: OutputSetup }) {
  const [search, change] = useSetUpSearch()
  return (
    <Tabs
      value={search.way ?? 'console'}
      onChange={(value) => change({ way: ways.find((each) => each === value) })}
      keepMounted={false}
    >
      <Tabs.List aria-label="Ways to make the role">
        {ways.map((each) => (
          <Tabs.Tab key={each} value={each}>
            {wayNames[each]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {ways.map((each) => (
        <Tabs.Panel key={each} value={each} pt="md">
          <WayOfMaking way={each} kit={kit} />
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}

/** What the account of the bucket, or of the key, has to allow; the steps for the AWS console say it themselves. */
const policiesElsewhere = {
  'bucket-policy': {
    what: 'the bucket policy',
    title: 'The bucket policy, in the bucket’s account',
  },
  'key-policy': { what: 'the key policy', title: 'The key policy, in the key’s account' },
}

function Elsewhere({ kit }: { kit: OutputSetup }) {
  const found = kit.documents.flatMap(({ format, text }) =>
    format === 'bucket-policy' || format === 'key-policy' ? [{ format, text }] : [],
  )
  if (found.length === 0) return null
  return (
    <Stack>
      <Text size="sm" maw={720}>
        Another account has to allow it too: let its administrator add the statements below to the
        policy that is there.
      </Text>
      {found.map(({ format, text }) => (
        <CodeBlock key={format} text={text} {...policiesElsewhere[format]} />
      ))}
    </Stack>
  )
}
