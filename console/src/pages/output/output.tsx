import { Code, Group, Stack, Text } from '@mantine/core'
import type { S3RoleBasedOutput } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Copy } from '../../parts/copy.tsx'
import { FactsList } from '../../parts/facts-list.tsx'
import { Instant } from '../../parts/instant.tsx'
import { LastExports } from '../../parts/last-exports.tsx'
import { ButtonTo, LinkTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { NotLoaded } from '../../parts/not-loaded.tsx'
import { placeOf } from '../../parts/output-name.ts'
import { currentVerdictOf } from '../../parts/verdict.ts'
import { VerdictStatus } from '../../parts/verdict-status.tsx'
import { DeleteOutput } from './delete-output.tsx'
import { OutputPage } from './output-page.tsx'
import { outputQueries } from './output-queries.ts'
import { ReviewersReport } from './reviewers-report.tsx'

export function Output() {
  return (
    <OutputPage part="">
      {(output) => (
        <>
          <SetUpState output={output} />
          <Facts output={output} />
          <Exports output={output} />
          <ReviewersReport output={output} />
          <DeleteOutput output={output} />
        </>
      )}
    </OutputPage>
  )
}

function SetUpState({ output }: { output: S3RoleBasedOutput }) {
  const acting = useOrganization()
  const verification = useQuery(outputQueries(acting, output.id).verification)
  const params = { organizationId: acting.organization.id, outputId: output.id }
  return (
    <Card title="Set-up">
      <Loaded query={verification} what="the state of the set-up">
        {(report) => {
          if (report === null)
            return (
              <Group justify="space-between">
                <Text size="sm" maw={560}>
                  Nobody has verified yet that the role is there and right. Exports would not be
                  written before it is.
                </Text>
                <ButtonTo
                  to="/organizations/$organizationId/outputs/$outputId/set-up/$step"
                  params={{ ...params, step: 'role' }}
                >
                  Go on with the set-up
                </ButtonTo>
              </Group>
            )
          const isWell = currentVerdictOf(report) === 'PASSED'
          return (
            <Stack>
              <Group justify="space-between">
                <Stack gap={4}>
                  <VerdictStatus verification={report} />
                  <Text size="sm" c="dimmed">
                    verified <Instant at={report.createdAt} />
                    {report.role && (
                      <>
                        , probed again <Instant at={report.role.probedAt} />
                      </>
                    )}
                  </Text>
                </Stack>
                {isWell ? (
                  <ButtonTo
                    to="/organizations/$organizationId/exports/new"
                    params={{ organizationId: acting.organization.id }}
                    search={{ outputId: output.id }}
                  >
                    Export
                  </ButtonTo>
                ) : (
                  <ButtonTo
                    to="/organizations/$organizationId/outputs/$outputId/verification"
                    params={params}
                  >
                    See what is wrong
                  </ButtonTo>
                )}
              </Group>
              {isWell && (
                <Text size="sm">
                  Whether the role may do more than an export needs, only you can see:{' '}
                  <LinkTo
                    underline="always"
                    to="/organizations/$organizationId/outputs/$outputId/policies"
                    params={params}
                  >
                    examine its policies
                  </LinkTo>
                  .
                </Text>
              )}
            </Stack>
          )
        }}
      </Loaded>
    </Card>
  )
}

function Facts({ output }: { output: S3RoleBasedOutput }) {
  const setup = useQuery(outputQueries(useOrganization(), output.id).setup())
  const code = (text: string | undefined, what: string) =>
    text && (
      <Group gap={4} wrap="nowrap">
        <Code>{text}</Code>
        <Copy text={text} what={what} />
      </Group>
    )
  return (
    <Card title="Where the files go">
      <FactsList
        facts={{
          Bucket: code(placeOf(output), 'the bucket’s address'),
          Region: output.cloudRegion?.toLowerCase().replaceAll('_', '-') ?? 'looked up',
          Role: code(output.roleArn, 'the role’s ARN'),
          'External id': code(output.externalId, 'the external id'),
          Principal: code(output.principalArn, 'the principal’s ARN'),
          'Session name': setup.data && code(setup.data.sessionName, 'the session name'),
          'Bucket’s account': output.expectedBucketOwner,
          'Files given to it': output.bucketOwnerFullControl ? 'Yes, by their ACL' : undefined,
          'KMS key': code(output.kmsKeyArn, 'the key’s ARN'),
          'Metadata with the MD5': output.md5MetaTag && `x-amz-meta-${output.md5MetaTag}`,
          Description: output.description,
          'External id enforced':
            output.externalIdEnforcement === 'WARN' ? 'No: the operator allows it' : undefined,
          Created: <Instant at={output.createdAt} />,
        }}
      />
      {setup.data && <Text size="sm">{setup.data.opens}</Text>}
      <NotLoaded query={setup} what="how the role opens" />
    </Card>
  )
}

function Exports({ output }: { output: S3RoleBasedOutput }) {
  const tasks = useQuery(outputQueries(useOrganization(), output.id).tasks)
  return (
    <Card title="Last exports">
      <Loaded query={tasks} what="the exports">
        {({ items }) => <LastExports tasks={items} />}
      </Loaded>
    </Card>
  )
}
