import { List, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import type { ExportEstimate, NewExportTask } from '@sluice/sdk'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useOrganization } from '../../frame/session.ts'
import { writeBytes, writeCount } from '../../parts/amounts.ts'
import { Card } from '../../parts/card.tsx'
import { FactsList } from '../../parts/facts-list.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Status } from '../../parts/status.tsx'

/** After the last stroke of a key. */
const PAUSE_MS = 400

/** What an export would hold and meet, before it is started. */
export function Estimate({ body }: { body: NewExportTask | undefined }) {
  const { client, organization } = useOrganization()
  const text = body && JSON.stringify(body)
  const [asked] = useDebouncedValue(text, PAUSE_MS)
  const estimate = useQuery({
    queryKey: [organization.id, 'exports', 'estimate', asked],
    queryFn: () => client.exportTasks.estimate(JSON.parse(asked ?? '{}')),
    enabled: asked !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
  })
  return (
    <Card title="What it would hold">
      {asked === undefined || text === undefined ? (
        <Text size="sm" c="dimmed">
          Pick an output, a window, a license and at least one column to see.
        </Text>
      ) : (
        <Loaded query={estimate} what="the estimate">
          {(found) => <Contents estimate={found} />}
        </Loaded>
      )}
    </Card>
  )
}

function Contents({ estimate }: { estimate: ExportEstimate }) {
  const [asked, other] = estimate.formats
  const open = estimate.hours.filter(({ isClosed }) => !isClosed)
  const empty = estimate.hours.filter(({ rows }) => rows === 0)
  const first = estimate.hours[0]
  return (
    <Stack gap="sm" aria-live="polite">
      <FactsList
        facts={{
          Rows: writeCount(estimate.rows, 'row'),
          Size: asked && `about ${writeBytes(asked.bytes)}`,
          [other ? `As ${other.fileFormat === 'CSV' ? 'CSV' : 'Parquet'}` : 'Other']:
            other && `about ${writeBytes(other.bytes)}`,
          Files: `${writeCount(estimate.hours.length, 'file')} and the manifest`,
          'Hours without samples': empty.length > 0 ? empty.length : undefined,
          'First object key': first?.objectKey,
        }}
      />
      {open.length > 0 && (
        <Status tone="waiting">
          {`It waits until ${writeCount(open.length, 'more hour')} ${open.length === 1 ? 'is' : 'are'} closed.`}
        </Status>
      )}
      {estimate.problems.length > 0 && <Problems problems={estimate.problems} />}
    </Stack>
  )
}

function Problems({ problems }: { problems: ExportEstimate['problems'] }) {
  return (
    <Stack gap={4}>
      <Status tone="bad">It would meet:</Status>
      <List size="sm">
        {problems.map(({ code, message }) => (
          <List.Item key={code + message}>
            {message} ({code})
          </List.Item>
        ))}
      </List>
    </Stack>
  )
}
