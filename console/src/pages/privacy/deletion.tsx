import { Code, Stack, Text } from '@mantine/core'
import type { PrivacyDeletion } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Disclosure } from '../../parts/disclosure.tsx'
import { FactsList } from '../../parts/facts-list.tsx'
import { Instant } from '../../parts/instant.tsx'
import { useNames } from '../../parts/known-names.ts'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { DeletionStatus } from './deletion-status.tsx'
import { HoldingFiles } from './holding-files.tsx'
import { privacyQueries } from './privacy-queries.ts'
import { subjectKinds } from './subject-kinds.ts'

const own = '/organizations/$organizationId/privacy'

/** The record of a deletion, and what of the person lies in the customer's bucket. */
export function Deletion() {
  const acting = useOrganization()
  const { deletionId } = useParams({ from: `/signed-in${own}/$deletionId` })
  const deletion = useQuery(privacyQueries(acting).deletion(deletionId))
  return (
    <Page
      title="Deletion"
      crumbs={[{ name: 'Privacy', href: own.replace('$organizationId', acting.organization.id) }]}
    >
      <Loaded query={deletion} what="the record">
        {(found) => (
          <>
            <DeletionRecord deletion={found} />
            <HoldingFiles deletion={found} />
          </>
        )}
      </Loaded>
    </Page>
  )
}

function DeletionRecord({ deletion }: { deletion: PrivacyDeletion }) {
  const { licenseOf } = useNames()
  const { licenseKey, finishedAt } = deletion
  return (
    <Card title="Record">
      <Stack gap={4} role="status">
        <DeletionStatus status={deletion.status} />
        <Text size="sm">{sentenceOf(deletion)}</Text>
      </Stack>
      <FactsList
        facts={{
          'Named by': <Code>{subjectKinds[deletion.type].column}</Code>,
          License: licenseKey === undefined ? 'All' : licenseOf(licenseKey),
          Reference: deletion.reference,
          Begun: <Instant at={deletion.createdAt} to="second" />,
          Finished: finishedAt && <Instant at={finishedAt} to="second" />,
          Samples: deletion.samples.toLocaleString('en'),
          'Ad samples': deletion.adSamples.toLocaleString('en'),
          'Error details': deletion.errorDetails.toLocaleString('en'),
          Id: <Code>{deletion.id}</Code>,
        }}
      />
      <Disclosure summary="Whose record it is">
        <Stack gap="xs">
          <Text size="sm">
            The record does not say. Who knows the person’s id can tell: this prints the same
            SHA-256 for theirs alone.
          </Text>
          <CodeBlock
            text={`printf '%s' '${deletion.id} <the person’s id>' | sha256sum`}
            what="the command"
          />
          <Code style={{ overflowWrap: 'anywhere' }}>{deletion.subjectSha256}</Code>
        </Stack>
      </Disclosure>
    </Card>
  )
}

function sentenceOf({ status, samples, adSamples, errorDetails }: PrivacyDeletion): string {
  if (status === 'STARTED')
    return 'What is found is being deleted. It goes on by itself, after a crash too, and this page shows how far it is.'
  if (samples + adSamples + errorDetails === 0)
    return 'Nothing was found, so nothing is kept. If you expected something, look at the id again: it has to be the same to the letter.'
  return 'Nothing is kept of the person. What had been exported before is listed below.'
}
