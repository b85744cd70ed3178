import { Paper } from '@mantine/core'
import type { ExportSchedule } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { type ActingIn, useOrganization } from '../../frame/session.ts'
import { Empty } from '../../parts/empty.tsx'
import { Instant } from '../../parts/instant.tsx'
import { useNames } from '../../parts/known-names.ts'
import { ButtonTo, LinkTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { Rows } from '../../parts/rows.tsx'
import { ScheduleStatus } from '../../parts/schedule-status.tsx'
import { take } from '../../parts/take.ts'

const own = '/organizations/$organizationId/schedules'
const SCHEDULES_MAX = 500
const REFRESH_MS = 15_000

/** What is exported by itself, hour by hour or day by day. */
export function Schedules() {
  const acting = useOrganization()
  const schedules = useQuery(schedulesQuery(acting))
  const create = (
    <ButtonTo to={`${own}/new`} params={{ organizationId: acting.organization.id }}>
      New schedule
    </ButtonTo>
  )
  return (
    <Page
      title="Schedules"
      about="A schedule exports every hour, or every day, as soon as it is over."
      actions={schedules.data?.length === 0 ? undefined : create}
    >
      <Loaded query={schedules} what="the schedules">
        {(found) => (
          <Paper>
            {found.length === 0 ? (
              <Empty title="No schedules yet" action={create}>
                With one, every hour arrives in your bucket by itself; what is late or has failed is
                seen here.
              </Empty>
            ) : (
              <List schedules={found} />
            )}
          </Paper>
        )}
      </Loaded>
    </Page>
  )
}

function schedulesQuery({ client, organization }: ActingIn) {
  return {
    queryKey: [organization.id, 'schedules', 'list'],
    queryFn: () => take(client.exportSchedules.list(), SCHEDULES_MAX),
    refetchInterval: REFRESH_MS,
  }
}

function List({ schedules }: { schedules: ExportSchedule[] }) {
  const { organization } = useOrganization()
  const { outputOf, licenseOf, frequencyOf } = useNames()
  return (
    <Rows
      caption="Schedules"
      head={['Schedule', 'State', 'All there until', 'Each', 'Output', 'License']}
      whole={['State', 'Each']}
      empty="None."
      rows={schedules.map((schedule) => ({
        key: schedule.id,
        cells: [
          <LinkTo
            key="name"
            size="sm"
            fw={500}
            to={`${own}/$scheduleId`}
            params={{ organizationId: organization.id, scheduleId: schedule.id }}
          >
            {schedule.name}
          </LinkTo>,
          <ScheduleStatus key="state" schedule={schedule} />,
          <Instant key="until" at={schedule.completeUntil} />,
          frequencyOf(schedule),
          outputOf(schedule.output.outputId),
          licenseOf(schedule.licenseKey),
        ],
      }))}
    />
  )
}
