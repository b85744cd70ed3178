import { Button, Code, Stack } from '@mantine/core'
import type { ExportSchedule, ExportScheduleHour } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { LinkTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Pager } from '../../parts/pager.tsx'
import { Rows } from '../../parts/rows.tsx'
import { Status, type Tone } from '../../parts/status.tsx'
import { WindowOf } from '../../parts/window-of.tsx'
import { windowsOf } from './failed-windows.ts'
import { HOURS_SHOWN, hoursQuery, useScheduleMove } from './schedule-query.ts'

const own = '/organizations/$organizationId/schedules/$scheduleId'

const states: Record<ExportScheduleHour['status'], { tone: Tone; word: string }> = {
  WAITING: { tone: 'waiting', word: 'Waiting' },
  QUEUED: { tone: 'waiting', word: 'Queued' },
  STARTED: { tone: 'waiting', word: 'Started' },
  FINISHED: { tone: 'good', word: 'Finished' },
  ERROR: { tone: 'bad', word: 'Error' },
  EXPIRED: { tone: 'doubt', word: 'Expired' },
}

/** Every hour that was due, with what became of it. */
export function Hours({ schedule }: { schedule: ExportSchedule }) {
  const acting = useOrganization()
  const { page = 1 } = useSearch({ from: `/signed-in${own}` })
  const navigate = useNavigate({ from: own })
  const hours = useQuery(hoursQuery(acting, schedule.id, page))
  const again = useScheduleMove((of, windows: ReturnType<typeof windowsOf>) =>
    Promise.all(windows.map((window) => of.backfill(schedule.id, window))),
  )
  const failed = hours.data?.items.filter(({ status }) => status === 'ERROR') ?? []
  return (
    <Card
      title="Hours"
      actions={
        failed.length > 0 && (
          <Button
            size="xs"
            loading={again.isPending}
            onClick={() => again.mutate(windowsOf(failed, schedule.startTime))}
          >
            Export all failed hours again
          </Button>
        )
      }
    >
      {again.error && <Failure title="Not asked for again" error={again.error} />}
      {errorsOf(failed).map((error) => (
        <Failure key={error.code} title="Why hours have failed" error={error} />
      ))}
      <Loaded query={hours} what="the hours">
        {(found) => (
          <Rows
            caption="Hours"
            head={['Hour', 'State', 'Export', 'What to do']}
            whole={['State', 'What to do']}
            empty="None is due yet."
            rows={found.items.map((hour) => ({
              key: `${hour.startTime} ${hour.number}`,
              cells: [
                <WindowOf key="hour" {...hour} />,
                <Status key="state" tone={states[hour.status].tone}>
                  {states[hour.status].word}
                </Status>,
                hour.exportTaskId && <ToExport key="export" hour={hour} id={hour.exportTaskId} />,
                hour.status === 'ERROR' ? (
                  <Trouble key="again" hour={hour} onAgain={(window) => again.mutate([window])} />
                ) : undefined,
              ],
            }))}
          />
        )}
      </Loaded>
      <Pager
        page={page}
        size={HOURS_SHOWN}
        totalCount={hours.data?.totalCount ?? 0}
        what="the hours"
        onChange={(to) => void navigate({ search: { page: to }, resetScroll: false })}
      />
    </Card>
  )
}

/** Hours mostly fail for one reason: each is told once, of the newest hour. Messages differ by the object key. */
function errorsOf(failed: ExportScheduleHour[]) {
  const oldestFirst = failed.toReversed()
  const byCode = oldestFirst.flatMap(({ error }) => (error ? [[error.code, error] as const] : []))
  return [...new Map(byCode).values()]
}

function ToExport({ hour, id }: { hour: ExportScheduleHour; id: string }) {
  const { organization } = useOrganization()
  return (
    <LinkTo
      to="/organizations/$organizationId/exports/$exportTaskId"
      params={{ organizationId: organization.id, exportTaskId: id }}
      size="sm"
    >
      {hour.objectKey ?? 'The export'}
    </LinkTo>
  )
}

function Trouble({
  hour: { startTime, endTime, error },
  onAgain,
}: {
  hour: ExportScheduleHour
  onAgain(window: { startTime: string; endTime: string }): void
}) {
  return (
    <Stack gap={6} align="flex-start">
      {error && <Code style={{ whiteSpace: 'nowrap' }}>{error.code}</Code>}
      <Button
        size="compact-sm"
        variant="default"
        aria-label={`Export again: ${startTime}`}
        onClick={() => onAgain({ startTime, endTime })}
      >
        Export again
      </Button>
    </Stack>
  )
}
