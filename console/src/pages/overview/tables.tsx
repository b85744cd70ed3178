import { Code } from '@mantine/core'
import type { ExportSchedule } from '@sluice/sdk'
import { useOrganization } from '../../frame/session.ts'
import { Instant } from '../../parts/instant.tsx'
import { LinkTo } from '../../parts/links.tsx'
import { OutputLink } from '../../parts/output-link.tsx'
import { placeOf } from '../../parts/output-name.ts'
import { Rows } from '../../parts/rows.tsx'
import { ScheduleStatus } from '../../parts/schedule-status.tsx'
import { VerdictStatus } from '../../parts/verdict-status.tsx'
import type { OverviewOutput } from './overview-query.ts'

export function OutputsAtAGlance({ outputs }: { outputs: OverviewOutput[] }) {
  return (
    <Rows
      caption="Outputs"
      head={['Output', 'Bucket', 'Verification']}
      whole={['Verification']}
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
  const { organization } = useOrganization()
  return (
    <Rows
      caption="Schedules"
      head={['Schedule', 'All there until', 'State']}
      whole={['State']}
      empty="None yet. A schedule exports every hour, or every day, once it is over."
      rows={schedules.map((schedule) => ({
        key: schedule.id,
        cells: [
          <LinkTo
            key="name"
            to="/organizations/$organizationId/schedules/$scheduleId"
            params={{ organizationId: organization.id, scheduleId: schedule.id }}
          >
            {schedule.name}
          </LinkTo>,
          <Instant key="until" at={schedule.completeUntil} />,
          <ScheduleStatus key="state" schedule={schedule} />,
        ],
      }))}
    />
  )
}
