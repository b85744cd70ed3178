import { Accordion, List, Stack, Tabs, Text } from '@mantine/core'
import type { OutputSetup, S3RoleBasedOutput } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { ButtonTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Rows } from '../../parts/rows.tsx'
import { outputQueries } from '../output/output-queries.ts'
import { type Way, ways } from './set-up-search.ts'
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
  const setup = useQuery(outputQueries(acting, output.id).setup)
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
              <More kit={kit} />
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
  const from = '/signed-in/organizations/$organizationId/outputs/$outputId/set-up/$step'
  const search = useSearch({ from })
  const navigate = useNavigate({
    from: '/organizations/$organizationId/outputs/$outputId/set-up/$step',
  })
  const choose = (value: string | null) =>
    void navigate({
      search: { ...search, way: ways.find((each) => each === value) },
      replace: true,
      resetScroll: false,
    })
  return (
    <Tabs value={search.way ?? 'console'} onChange={choose} keepMounted={false}>
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

function More({ kit }: { kit: OutputSetup }) {
  return (
    <Accordion variant="separated" multiple order={3}>
      <Accordion.Item value="permissions">
        <Accordion.Control>What the role may do, and why</Accordion.Control>
        <Accordion.Panel>
          <Rows
            caption="What the role may do"
            head={['Statement', 'Allows', 'Needed', 'Why']}
            whole={['Statement', 'Needed']}
            empty="Nothing."
            rows={kit.permissions.map(({ sid, actions, isNeeded, reason }) => ({
              key: sid,
              cells: [sid, actions.join(', '), isNeeded ? 'Yes' : 'May be left out', reason],
            }))}
          />
        </Accordion.Panel>
      </Accordion.Item>
      <Accordion.Item value="notes">
        <Accordion.Control>Whom it trusts, and what else there is to know</Accordion.Control>
        <Accordion.Panel>
          <List size="sm" spacing="xs">
            {[kit.trusts, ...kit.notes].map((note) => (
              <List.Item key={note}>{note}</List.Item>
            ))}
          </List>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  )
}
