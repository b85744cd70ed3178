import type { ExportTask } from '@sluice/sdk'
import { useOrganization } from '../frame/session.ts'
import { Instant } from './instant.tsx'
import { LinkTo } from './links.tsx'
import { Rows } from './rows.tsx'
import { TaskStatus } from './task-status.tsx'

export function LastExports({ tasks }: { tasks: ExportTask[] }) {
  const { organization } = useOrganization()
  return (
    <Rows
      caption="Last exports"
      head={['Export', 'From', 'Until', 'Status']}
      whole={['Status']}
      empty="None yet."
      rows={tasks.map((task) => ({
        key: task.id,
        cells: [
          <LinkTo
            key="name"
            to="/organizations/$organizationId/exports/$exportTaskId"
            params={{ organizationId: organization.id, exportTaskId: task.id }}
          >
            {task.name}
          </LinkTo>,
          <Instant key="from" at={task.startTime} />,
          <Instant key="until" at={task.endTime} />,
          <TaskStatus key="status" task={task} />,
        ],
      }))}
    />
  )
}
