import { Code } from '@mantine/core'
import type { ExportSchedule, ExportTask } from '@sluice/sdk'
import { useOrganization } from '../../frame/session.ts'
import { Instant } from '../../parts/instant.tsx'
import { LinkTo } from '../../parts/links.tsx'
import { OutputLink } from '../../parts/output-link.tsx'
import { placeOf } from '../../parts/output-name.ts'
import { Rows } from '../../parts/rows.tsx'
import { ScheduleStatus } from '../../parts/schedule-status.tsx'
import { TaskStatus } from '../../parts/task-status.tsx'
import { VerdictStatus } from '../../parts/verdict-status.tsx'
import type { OverviewOutput } from './overview-query.ts'

function useBase(): string {
  return `/organizations/${useOrganization().organization.id}`
}

export function OutputsAtAGlance({ outputs }: { outputs: OverviewOutput[] }) {
  return (
    <Rows
      caption="Outputs"
      head={['Output', 'Bucket', 'Verification']}
      empty="None yet."
      rows={outputs.map(({ output, verification }) => ({
        key: output.id,
        cells: [
          <OutputLink key="name" output={output} />,
          <Code key="bucket">{placeOf(output)}</Code>,
          <VerdictStatus key="verdict" verification={verification} />,
        ],
      }))}
    />
  )
}

export function SchedulesAtAGlance({ schedules }: { schedules: ExportSchedule[] }) {
  const base = useBase()
  return (
    <Rows
      caption="Schedules"
      head={['Schedule', 'All there until', 'State']}
      empty="None yet. A schedule exports every hour, or every day, once it is over."
      rows={schedules.map((schedule) => ({
        key: schedule.id,
        cells: [
          <LinkTo key="name" to={`${base}/schedules/${schedule.id}`}>
            {schedule.name}
          </LinkTo>,
          <Instant key="until" at={schedule.completeUntil} />,
          <ScheduleStatus key="state" schedule={schedule} />,
        ],
      }))}
    />
  )
}

export function LastExports({ tasks }: { tasks: ExportTask[] }) {
  const base = useBase()
  return (
    <Rows
      caption="Last exports"
      head={['Export', 'From', 'Until', 'Status']}
      empty="None yet."
      rows={tasks.map((task) => ({
        key: task.id,
        cells: [
          <LinkTo key="name" to={`${base}/exports/${task.id}`}>
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
