import { sql } from 'kysely'
import type { OrganizationScope } from '#database'
import { getOutput } from '#outputs'
import type { Window } from '#samples'
import { SAMPLES_EXPIRED } from './hours.ts'
import { type HourPart, type HourStatus, judgeHour } from './judge-hour.ts'
import { planWindows } from './plan.ts'
import { ruleOf } from './rule.ts'

interface OutputHour {
  start: Date
  status: HourStatus
  rows: number
  bytes: number
  /** Files in the bucket, later revisions too. */
  files: number
  /** The newest first. */
  taskIds: string[]
}

const HOUR_MS = 3_600_000
const TASK_IDS_MAX = 10

/** Every hour that the window touches, in order, with what became of it in the output. Throws NOT_FOUND. */
export async function listOutputHours(
  scope: OrganizationScope,
  outputId: string,
  window: Window,
): Promise<OutputHour[]> {
  await getOutput(scope, outputId)
  const now = scope.clock.now()
  const exported = await readExported(scope, outputId, window)
  const owed = await readOwed(scope, outputId, window)
  const span = await readDeliveredSpan(scope, outputId)
  const exportedBy = Map.groupBy(exported, ({ hour }) => hour.getTime())
  const owedBy = Map.groupBy(owed, ({ hour }) => hour.getTime())
  const hours: OutputHour[] = []
  const end = Math.min(window.end.getTime(), now.getTime())
  const first = Math.floor(window.start.getTime() / HOUR_MS) * HOUR_MS
  for (let at = first; at < end; at += HOUR_MS) {
    const files = exportedBy.get(at) ?? []
    const waiting = owedBy.get(at) ?? []
    const start = new Date(at)
    const isBetween = span !== undefined && start > span.first && start < span.last
    const isPaused = waiting.some(({ part }) => part === 'PAUSED')
    const parts = [
      ...files.map(({ part }) => part),
      ...waiting.flatMap(({ part }) => (part === 'PAUSED' ? [] : [part])),
    ]
    hours.push({
      start,
      status: judgeHour(now, parts, isBetween || isPaused),
      rows: files.reduce((sum, { part }) => sum + part.rows, 0),
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      files: files.reduce((sum, { delivered }) => sum + delivered, 0),
      taskIds: [...new Set(files.flatMap(({ taskIds }) => taskIds))].slice(0, TASK_IDS_MAX),
    })
  }
  return hours
}

interface Exported {
  hour: Date
  part: HourPart
  bytes: number
  delivered: number
  taskIds: string[]
}

/** What tasks have of each hour. One that was cancelled before it delivered the hour says nothing of it. */
async function readExported(
  scope: OrganizationScope,
  outputId: string,
  window: Window,
): Promise<Exported[]> {
  const newest = (column: string) =>
    sql<number | null>`(array_agg(${sql.ref(column)} order by delivered_at desc)
      filter (where delivered_at is not null))[1]`
  const rows = await scope
    .selectFrom('export_files')
    .innerJoin('export_tasks', (join) =>
      join
        .onRef('export_tasks.id', '=', 'export_files.task_id')
        .onRef('export_tasks.organization_id', '=', 'export_files.organization_id'),
    )
    .leftJoin('export_schedule_hours', (join) =>
      join
        .onRef('export_schedule_hours.task_id', '=', 'export_files.task_id')
        .onRef('export_schedule_hours.organization_id', '=', 'export_files.organization_id')
        .onRef('export_schedule_hours.start_time', '=', 'export_files.start_time'),
    )
    .where('export_tasks.output_id', '=', outputId)
    .where('export_tasks.start_time', '<', window.end)
    .where('export_tasks.end_time', '>', window.start)
    .where('export_files.start_time', '<', window.end)
    .where('export_files.end_time', '>', window.start)
    .where((eb) =>
      eb.or([
        eb('export_files.delivered_at', 'is not', null),
        eb('export_tasks.status', '!=', 'CANCELLED'),
      ]),
    )
    .select([
      sql<Date>`date_trunc('hour', export_files.start_time, 'UTC')`.as('hour'),
      newest('export_files.row_count').as('rows'),
      newest('export_files.bytes').as('bytes'),
      sql<number>`count(delivered_at)`.as('delivered'),
      sql<boolean>`bool_or(export_tasks.status in ('QUEUED', 'STARTED', 'CANCELLING'))`.as(
        'is_underway',
      ),
      sql<boolean>`coalesce(bool_or(export_schedule_hours.error_code = ${SAMPLES_EXPIRED}), false)`.as(
        'is_expired',
      ),
      sql<Date | null>`max(export_schedule_hours.window_end)`.as('window_end'),
      sql<
        string[]
      >`(array_agg(export_tasks.id order by export_tasks.created_at desc))[1:${sql.lit(TASK_IDS_MAX)}]`.as(
        'task_ids',
      ),
    ])
    .groupBy(['hour', 'export_tasks.license_key', 'export_tasks.type'])
    .groupBy(['export_tasks.output_path', 'export_tasks.file_format'])
    .execute()
  return rows.map((row) => {
    const delivered = Number(row.delivered)
    const ended = row.is_expired ? 'EXPIRED' : 'FAILED'
    const state = delivered > 0 ? 'DELIVERED' : row.is_underway ? 'UNDERWAY' : ended
    return {
      hour: row.hour,
      part: { state, rows: Number(row.rows ?? 0), windowEnd: row.window_end ?? undefined },
      bytes: Number(row.bytes ?? 0),
      delivered,
      taskIds: row.task_ids,
    }
  })
}

interface Owed {
  hour: Date
  part: HourPart | 'PAUSED'
}

/** What schedules owe and no task has: rows that wait, or could get no task, and hours that have no row yet. */
async function readOwed(
  scope: OrganizationScope,
  outputId: string,
  window: Window,
): Promise<Owed[]> {
  const schedules = await scope
    .selectFrom('export_schedules')
    .selectAll()
    .where('output_id', '=', outputId)
    .where('deleted_at', 'is', null)
    .execute()
  if (schedules.length === 0) return []
  const ids = schedules.map(({ id }) => id)
  const waiting = await scope
    .selectFrom('export_schedule_hours')
    .select(['start_time', 'window_end', 'error_code'])
    .where('schedule_id', 'in', ids)
    .where('task_id', 'is', null)
    .where('start_time', '<', window.end)
    .where('end_time', '>', window.start)
    .execute()
  const owed: Owed[] = waiting.map(({ start_time, window_end, error_code }) => ({
    hour: start_time,
    part: partOf(stateOf(error_code), window_end),
  }))
  for (const schedule of schedules) {
    const rule = await ruleOf(scope, schedule)
    const due = { start: schedule.planned_until, until: scope.clock.now() }
    const windows = planWindows(rule, { ...due, countMax: WINDOWS_MAX })
    const endBy = new Map(windows.flatMap((each) => hoursIn(each).map((hour) => [hour, each.end])))
    const from = Math.max(schedule.planned_until.getTime(), window.start.getTime())
    const until = Math.min(due.until.getTime(), window.end.getTime())
    for (let at = Math.floor(from / HOUR_MS) * HOUR_MS; at < until; at += HOUR_MS) {
      const isPaused = schedule.status === 'PAUSED'
      owed.push({
        hour: new Date(at),
        part: isPaused ? 'PAUSED' : partOf('WAITING', endBy.get(at)),
      })
    }
  }
  return owed
}

function stateOf(errorCode: string | null): HourPart['state'] {
  if (errorCode === null) return 'WAITING'
  return errorCode === SAMPLES_EXPIRED ? 'EXPIRED' : 'FAILED'
}

/** Where hours begin in it, in ms. */
function hoursIn({ start, end }: Window): number[] {
  const hours: number[] = []
  const first = Math.ceil(start.getTime() / HOUR_MS) * HOUR_MS
  for (let at = first; at < end.getTime(); at += HOUR_MS) hours.push(at)
  return hours
}

/** A hundred days of hours. */
const WINDOWS_MAX = 2400

function partOf(state: HourPart['state'], windowEnd: Date | undefined): HourPart {
  return { state, rows: 0, windowEnd }
}

async function readDeliveredSpan(
  scope: OrganizationScope,
  outputId: string,
): Promise<{ first: Date; last: Date } | undefined> {
  const row = await scope
    .selectFrom('export_tasks')
    .select((eb) => [
      eb.fn.min<Date | null>('start_time').as('first'),
      eb.fn.max<Date | null>('end_time').as('last'),
    ])
    .where('output_id', '=', outputId)
    .where('status', '=', 'FINISHED')
    .executeTakeFirst()
  return row?.first && row.last ? { first: row.first, last: row.last } : undefined
}
