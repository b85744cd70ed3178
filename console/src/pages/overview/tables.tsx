import { Code } from '@mantine/core'
import type { ExportSchedule, ExportTask } from '@sluice/sdk'
import { Instant } from '../../parts/instant.tsx'
import { Rows } from '../../parts/rows.tsx'
import { ScheduleStatus } from '../../parts/schedule-status.tsx'
import { TaskStatus } from '../../parts/task-status.tsx'
import { VerdictStatus } from '../../parts/verdict-status.tsx'
import type { OverviewOutput } from './overview-query.ts'
import { nameOf } from './troubles.ts'

export function OutputsAtAGlance({ outputs }: { outputs: OverviewOutput[] }) {
  return (
    <Rows
      caption="Outputs"
      head={['Output', 'Bucket', 'Verification']}
      empty="None yet."
      rows={outputs.map(({ output, verification }) => ({
        key: output.id,
        cells: [
          nameOf(output),
          <Code key="bucket">{`${output.bucketName}/${output.pathPrefix ?? ''}`}</Code>,
          <VerdictStatus key="verdict" verification={verification} />,
        ],
      }))}
    />
  )
}

export function SchedulesAtAGlance({ schedules }: { schedules: ExportSchedule[] }) {
  return (
    <Rows
      caption="Schedules"
      head={['Schedule', 'All there until', 'State']}
      empty="None yet. A schedule exports every hour, or every day, once it is over."
      rows={schedules.map((schedule) => ({
        key: schedule.id,
        cells: [
          schedule.name,
          <Instant key="until" at={schedule.completeUntil} />,
          <ScheduleStatus key="state" schedule={schedule} />,
        ],
      }))}
    />
  )
}

export function LastExports({ tasks }: { tasks: ExportTask[] }) {
  return (
    <Rows
      caption="Last exports"
      head={['Export', 'From', 'Until', 'Status']}
      empty="None yet."
      rows={tasks.map((task) => ({
        key: task.id,
        cells: [
          task.name,
          <Instant key="from" at={task.startTime} />,
          <Instant key="until" at={task.endTime} />,
          <TaskStatus key="status" task={task} />,
        ],
      }))}
    />
  )
}
