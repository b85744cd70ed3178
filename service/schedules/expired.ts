import { sql } from 'kysely'
import type { OrganizationScope } from '#database'
import type { SampleType, Window } from '#samples'
import { errorColumns, noError, SAMPLES_EXPIRED, type ScheduleError } from './hours.ts'
import { joinWindows } from './plan.ts'

/**
 * Hours that are not in the bucket, are not on their way there, and whose samples have reached the end of their
 * retention: nothing can bring them any more. They stay in the list as what they are, and keep no later hour
 * back. What is left of a window of several hours gets a window, and so a task, of its own.
 */
export async function expireHours(
  tx: OrganizationScope,
  schedule: { id: string; complete_until: Date },
  samples: { licenseKeys: string[]; type: SampleType },
): Promise<Window[]> {
  const expired: Window[] = []
  for (;;) {
    const rows = await markExpired(tx, schedule, samples) // once more: a cut may leave some that have expired too
    if (rows.length === 0) return joinWindows(expired)
    expired.push(...rows.map((row) => ({ start: row.start_time, end: row.end_time })))
    await cutWindows(
      tx,
      schedule.id,
      rows.map(({ window_start }) => window_start),
    )
  }
}

async function markExpired(
  tx: OrganizationScope,
  schedule: { id: string; complete_until: Date },
  { licenseKeys, type }: { licenseKeys: string[]; type: SampleType },
) {
  return tx
    .updateTable('export_schedule_hours')
    .set({ ...errorColumns(samplesExpired), is_asked_again: false })
    .where('schedule_id', '=', schedule.id)
    .where('error_code', 'is distinct from', SAMPLES_EXPIRED)
    .where((or) =>
      or.or([
        or('start_time', '>=', schedule.complete_until),
        or('is_backfill', '=', true),
        or('number', '>', 1),
      ]),
    )
    .where(
      sql<boolean>`not exists (select from export_tasks task
        where task.id = export_schedule_hours.task_id
          and task.organization_id = export_schedule_hours.organization_id
          and task.status not in ('ERROR', 'CANCELLED'))`,
    )
    .where(
      sql<boolean>`not exists (select from export_files file
        where file.task_id = export_schedule_hours.task_id
          and file.organization_id = export_schedule_hours.organization_id
          and file.start_time = export_schedule_hours.start_time
          and file.delivered_at is not null)`,
    )
    .where(
      sql<boolean>`exists (select from sample_hours
        where license_key in (${sql.join(licenseKeys)}) and type = ${type}
          and hour = date_trunc('hour', export_schedule_hours.start_time, 'UTC')
          and expires_at <= ${tx.clock.now()})`,
    )
    .returning(['start_time', 'end_time', 'window_start'])
    .execute()
}

const samplesExpired = {
  code: SAMPLES_EXPIRED,
  message:
    'The samples of this hour are older than the license keeps them, and its export was not finished before.',
  remedy:
    'Nothing brings them back. That it does not happen again: keep samples for longer ' +
    '(npx sluice licenses update), and mend what keeps the schedule from delivering.',
}

/**
 * Of windows that lost hours: each run of the others is a window from now on, and waits for its turn, but for one
 * whose task somebody has cancelled: it waits until it is asked for. Files that the old task has left are
 * delivered again, since no manifest will ever name them.
 */
async function cutWindows(
  tx: OrganizationScope,
  scheduleId: string,
  windowStarts: Date[],
): Promise<void> {
  const left = await tx
    .selectFrom('export_schedule_hours')
    .leftJoin('export_tasks', (join) =>
      join
        .onRef('export_tasks.id', '=', 'export_schedule_hours.task_id')
        .onRef('export_tasks.organization_id', '=', 'export_schedule_hours.organization_id'),
    )
    .select(['export_schedule_hours.start_time', 'export_schedule_hours.end_time'])
    .select(['number', 'window_start', 'task_id', 'status', 'is_asked_again'])
    .select('export_schedule_hours.error_code')
    .where('schedule_id', '=', scheduleId)
    .where('window_start', 'in', windowStarts)
    .where('export_schedule_hours.error_code', 'is distinct from', SAMPLES_EXPIRED)
    .where((or) => or.or([or('status', 'is', null), or('status', 'in', ['ERROR', 'CANCELLED'])]))
    .execute()
  const byWindow = Map.groupBy(left, (row) => `${row.number} ${row.window_start.getTime()}`)
  for (const [row, ...others] of byWindow.values()) {
    if (row === undefined) continue
    const { number, task_id, status, is_asked_again, error_code } = row
    const isCancelled = (status === 'CANCELLED' && !is_asked_again) || error_code === 'CANCELLED'
    const windows = [row, ...others].map(({ start_time: start, end_time: end }) => ({ start, end }))
    for (const run of joinWindows(windows))
      await tx
        .updateTable('export_schedule_hours')
        .set({
          window_start: run.start,
          window_end: run.end,
          task_id: null,
          is_asked_again: false,
          ...(task_id !== null && { replaces_task_id: task_id }),
          ...(isCancelled ? errorColumns(cancelled(scheduleId, run)) : noError),
        })
        .where('schedule_id', '=', scheduleId)
        .where('number', '=', number)
        .where('start_time', '>=', run.start)
        .where('start_time', '<', run.end)
        .execute()
  }
}

function cancelled(scheduleId: string, { start, end }: Window): ScheduleError {
  const window = `--from ${start.toISOString()} --to ${end.toISOString()}`
  return {
    code: 'CANCELLED',
    message:
      'The export task of this hour was cancelled, and cannot be retried any more: other hours of its window ' +
      'have expired.',
    remedy: `To deliver it in a task of its own: npx sluice schedules backfill ${scheduleId} ${window}`,
  }
}

/** Of its own hours before that instant: how many have expired, and the last stretches of them. */
export async function readExpired(
  tx: OrganizationScope,
  scheduleId: string,
  until: Date,
): Promise<{ hours: number; windows: Window[] }> {
  const rows = await tx
    .selectFrom('export_schedule_hours')
    .select(['start_time as start', 'end_time as end'])
    .where('schedule_id', '=', scheduleId)
    .where('number', '=', 1)
    .where('is_backfill', '=', false)
    .where('start_time', '<', until)
    .where('error_code', '=', SAMPLES_EXPIRED)
    .execute()
  return { hours: rows.length, windows: joinWindows(rows).slice(-WINDOWS_SHOWN_MAX) }
}

const WINDOWS_SHOWN_MAX = 100
