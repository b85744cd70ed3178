import { Stack, Text } from '@mantine/core'
import type { OutputHour } from '@sluice/sdk'
import { useQueries } from '@tanstack/react-query'
import { useOrganization } from '../../frame/session.ts'
import { writeBytes, writeCount } from '../../parts/amounts.ts'
import { FactsList } from '../../parts/facts-list.tsx'
import { Instant } from '../../parts/instant.tsx'
import { LinkTo } from '../../parts/links.tsx'
import { exportTaskQuery } from '../export-task/export-task-query.ts'
import { statuses } from './judged-hours.ts'

/** What is known of the hour that was picked, and the exports that hold it. */
export function HourDetails({ hour }: { hour: OutputHour | undefined }) {
  if (hour === undefined)
    return (
      <Text size="sm" c="dimmed">
        Pick an hour to see its exports.
      </Text>
    )
  const { word, means } = statuses[hour.status]
  return (
    <FactsList
      facts={{
        Hour: <Instant at={hour.startTime} />,
        State: `${word}. ${means}`,
        Rows: hour.files > 0 ? writeCount(hour.rows, 'row') : undefined,
        Size: hour.files > 0 ? writeBytes(hour.bytes) : undefined,
        Files: hour.files > 0 ? writeCount(hour.files, 'file') : undefined,
        Exports: hour.exportTaskIds.length > 0 ? <Exports ids={hour.exportTaskIds} /> : undefined,
      }}
    />
  )
}

function Exports({ ids }: { ids: string[] }) {
  const acting = useOrganization()
  const tasks = useQueries({ queries: ids.map((id) => exportTaskQuery(acting, id)) })
  return (
    <Stack gap={6}>
      {ids.map((exportTaskId, position) => (
        <LinkTo
          key={exportTaskId}
          size="sm"
          to="/organizations/$organizationId/exports/$exportTaskId"
          params={{ organizationId: acting.organization.id, exportTaskId }}
        >
          {tasks[position]?.data?.name ?? exportTaskId}
        </LinkTo>
      ))}
    </Stack>
  )
}
