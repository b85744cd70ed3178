import { sql } from 'kysely'
import { type OrganizationScope, readPage } from '#database'
import { cancelledError, hoursOf } from '#exports'
import type { Window } from '#samples'

/**
 * Every hour of a schedule is a row from the moment it is due, so that none is missing in silence. A row
 * without a task waits for its turn; from then on its task says how it is. EXPIRED: its samples reached the end
 * of their retention before they were delivered; nothing brings them back.
 */
export interface ScheduleHour extends Window {
  /** Of two files of one hour the one with the higher number counts. */
  number: number
  status: 'WAITING' | 'QUEUED' | 'STARTED' | 'FINISHED' | 'ERROR' | 'EXPIRED'
  exportTaskId: string | undefined
  objectKey: string | undefined
  error: ScheduleError | undefined
}

export interface ScheduleError {
  code: string
  message: string
  remedy: string
}

/** A task's window, of a schedule. */
export interface DueWindow extends Window {
  number: number
  /** Of the task that is to be retried; null: there is none yet. */
  taskId: string | null
  /** Of the task that could not be finished, of whose files its own takes the place. */
  replacesTaskId: string | null
}

/** What an hour has that is EXPIRED. */
export const SAMPLES_EXPIRED = 'SAMPLES_EXPIRED'

/** Hours that are there already stay as they are. Answers how many are new. */
export async function insertHours(
  tx: OrganizationScope,
  scheduleId: string,
  added: { windows: Window[]; number: number; isBackfill: boolean },
): Promise<number> {
  const rows = added.windows.flatMap((window) =>
    hoursOf(window).map(({ start, end }) => ({
      schedule_id: scheduleId,
      start_time: start,
      end_time: end,
      number: added.number,
      window_start: window.start,
      window_end: window.end,
      is_backfill: added.isBackfill,
    })),
  )
  let inserted = 0
  for (let at = 0; at < rows.length; at += INSERTED_ROWS_MAX) {
    const { numInsertedOrUpdatedRows = 0n } = await tx
      .insertInto('export_schedule_hours', rows.slice(at, at + INSERTED_ROWS_MAX))
      .onConflict((on) => on.doNothing())
      .executeTakeFirstOrThrow()
    inserted += Number(numInsertedOrUpdatedRows)
  }
  return inserted
}

const INSERTED_ROWS_MAX = 1000

/** What has no task yet, or shall be retried: its own hours in order, then what was asked for besides. */
export async function listWaiting(
  tx: OrganizationScope,
  scheduleId: string,
  limit: number,
): Promise<DueWindow[]> {
  const rows = await tx
    .selectFrom('export_schedule_hours')
    .select(['window_start', 'window_end', 'number', 'is_backfill', 'task_id'])
    .select('replaces_task_id')
    .distinct()
    .where('schedule_id', '=', scheduleId)
    .where('error_code', 'is', null)
    .where((or) => or.or([or('task_id', 'is', null), or('is_asked_again', '=', true)]))
    .orderBy('is_backfill')
    .orderBy('window_start')
    .orderBy('number')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    start: row.window_start,
    end: row.window_end,
    number: row.number,
    taskId: row.task_id,
    replacesTaskId: row.replaces_task_id,
  }))
}

/** What became of a window that waited: its task, or why there can be none. */
export async function settleWindow(
  tx: OrganizationScope,
  scheduleId: string,
  { window, ...became }: { window: DueWindow } & ({ taskId: string } | { error: ScheduleError }),
): Promise<void> {
  const change = 'taskId' in became ? { task_id: became.taskId } : errorColumns(became.error)
  await tx
    .updateTable('export_schedule_hours')
    .set({ ...change, is_asked_again: false })
    .where('schedule_id', '=', scheduleId)
    .where('window_start', '=', window.start)
    .where('number', '=', window.number)
    .where('task_id', window.taskId === null ? 'is' : '=', window.taskId)
    .execute()
}

export const noError = { error_code: null, error_message: null, error_remedy: null }

export function errorColumns({ code, message, remedy }: ScheduleError) {
  return { error_code: code, error_message: message, error_remedy: remedy }
}

const isUnderway = sql<boolean>`export_tasks.status in ('QUEUED', 'STARTED', 'CANCELLING')`

export async function countUnderway(tx: OrganizationScope, scheduleId: string): Promise<number> {
  const { count } = await selectWithTasks(tx, scheduleId)
    .select(sql<number>`count(distinct export_tasks.id)`.as('count'))
    .where(isUnderway)
    .executeTakeFirstOrThrow()
  return count
}

/** The first of its own windows that is still to come into the bucket; undefined when none is. */
export async function findUndelivered(
  tx: OrganizationScope,
  scheduleId: string,
): Promise<Window | undefined> {
  const [first] = await selectUndelivered(tx, scheduleId).limit(1).execute()
  return first
}

/** Those of them that begin there or later, and end before the other instant. */
export function listUndelivered(
  tx: OrganizationScope,
  scheduleId: string,
  within: { from: Date | null; endBefore: Date; limit: number },
): Promise<Window[]> {
  return selectUndelivered(tx, scheduleId)
    .distinct()
    .$if(within.from !== null, (rows) => rows.where('window_start', '>=', within.from))
    .where('window_end', '<', within.endBefore)
    .limit(within.limit)
    .execute()
}

function selectUndelivered(tx: OrganizationScope, scheduleId: string) {
  return selectWithTasks(tx, scheduleId)
    .select(['window_start as start', 'window_end as end'])
    .where('number', '=', 1)
    .where('is_backfill', '=', false)
    .where(sql<boolean>`export_tasks.status is distinct from 'FINISHED'`)
    .where('export_schedule_hours.error_code', 'is distinct from', SAMPLES_EXPIRED)
    .orderBy('window_start')
}

/** Of the last of its own windows up to there that is in the bucket. */
export async function findManifest(
  tx: OrganizationScope,
  scheduleId: string,
  completeUntil: Date,
): Promise<string | undefined> {
  const row = await withFiles(tx, scheduleId)
    .select('export_files.object_key')
    .where('window_end', '<=', completeUntil)
    .where('number', '=', 1)
    .where('is_backfill', '=', false)
    .where('export_tasks.status', '=', 'FINISHED')
    .where('export_files.start_time', 'is', null)
    .orderBy('window_end', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.object_key
}

const REVISIONS_MAX = 200

/** Of one of the licenses that the file holds samples of. */
const isRevised = sql<boolean>`exists (
  select from jsonb_array_elements(export_files.pinned->'licenses') license
  join sample_hours on sample_hours.license_key = license->>'licenseKey'
    and sample_hours.type = export_tasks.type
    and sample_hours.hour = date_trunc('hour', export_files.start_time, 'UTC')
    and sample_hours.revision > (license->>'revision')::integer)`

/**
 * Hours that are in the bucket and got other samples since: each gets a row for one more file. What was
 * delivered is compared with what is recorded now, so no revision is missed whenever it came. Answers how
 * many there are.
 */
export async function insertRevisions(tx: OrganizationScope, scheduleId: string): Promise<number> {
  const revised = await withFiles(tx, scheduleId)
    .select(['export_schedule_hours.start_time', 'export_schedule_hours.end_time'])
    .select(['number', 'is_backfill'])
    .whereRef('export_files.start_time', '=', 'export_schedule_hours.start_time')
    .where('export_tasks.status', '=', 'FINISHED')
    .where(isRevised)
    .where(
      sql<boolean>`not exists (select from export_schedule_hours later
        where later.schedule_id = export_schedule_hours.schedule_id
          and later.start_time = export_schedule_hours.start_time
          and later.number > export_schedule_hours.number)`,
    )
    .limit(REVISIONS_MAX)
    .execute()
  for (const row of revised) {
    const windows = [{ start: row.start_time, end: row.end_time }]
    const [number, isBackfill] = [row.number + 1, row.is_backfill]
    await insertHours(tx, scheduleId, { windows, number, isBackfill })
  }
  return revised.length
}

/** Hours of a window that cannot be taken once more, as they are there. */
export async function listHourWindows(
  tx: OrganizationScope,
  scheduleId: string,
  within: Window,
): Promise<Window[]> {
  const rows = await tx
    .selectFrom('export_schedule_hours')
    .select(['start_time', 'end_time'])
    .where('schedule_id', '=', scheduleId)
    .where('number', '=', 1)
    .where('start_time', '<', within.end)
    .where('end_time', '>', within.start)
    .execute()
  return rows.map((row) => ({ start: row.start_time, end: row.end_time }))
}

/**
 * Hours in the window whose task has failed, or could not be made, wait again; not those that have expired. A
 * task that there is will be retried, when its turn comes. Answers how many.
 */
export async function askAgain(
  tx: OrganizationScope,
  scheduleId: string,
  within: Window,
): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('export_schedule_hours')
    .set({
      is_asked_again: sql<boolean>`task_id is not null`,
      ...noError,
    })
    .where('schedule_id', '=', scheduleId)
    .where('window_start', '<', within.end)
    .where('window_end', '>', within.start)
    .where('is_asked_again', '=', false)
    .where('error_code', 'is distinct from', SAMPLES_EXPIRED)
    .where((or) =>
      or.or([
        or('error_code', 'is not', null),
        sql<boolean>`exists (select from export_tasks where id = export_schedule_hours.task_id
          and status in ('ERROR', 'CANCELLED'))`,
      ]),
    )
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows)
}

/** The newest first. */
export async function pageHours(
  scope: OrganizationScope,
  scheduleId: string,
  page: { offset: number; limit: number },
): Promise<{ items: ScheduleHour[]; totalCount: number }> {
  const query = selectWithTasks(scope, scheduleId)
    .leftJoin('export_files', (join) =>
      join
        .onRef('export_files.task_id', '=', 'export_schedule_hours.task_id')
        .onRef('export_files.organization_id', '=', 'export_schedule_hours.organization_id')
        .onRef('export_files.start_time', '=', 'export_schedule_hours.start_time'),
    )
    .select(['export_schedule_hours.start_time', 'export_schedule_hours.end_time', 'number'])
    .select(['export_schedule_hours.task_id', 'export_files.object_key'])
    .select('export_tasks.status as task_status')
    .select(
      sql<ScheduleHour['status']>`case
      when export_schedule_hours.error_code = ${SAMPLES_EXPIRED} then 'EXPIRED'
      when export_schedule_hours.error_code is not null then 'ERROR'
      when export_tasks.status is null or is_asked_again then 'WAITING'
      when export_tasks.status = 'CANCELLING' then 'STARTED'
      when export_tasks.status = 'CANCELLED' then 'ERROR'
      else export_tasks.status end`.as('status'),
    )
    .select((eb) => [
      eb.fn
        .coalesce('export_schedule_hours.error_code', 'export_tasks.error_code')
        .as('error_code'),
      eb.fn
        .coalesce('export_schedule_hours.error_message', 'export_tasks.error_message')
        .as('error_message'),
      eb.fn
        .coalesce('export_schedule_hours.error_remedy', 'export_tasks.error_remedy')
        .as('error_remedy'),
    ])
    .orderBy('export_schedule_hours.start_time', 'desc')
    .orderBy('number', 'desc')
  const { rows, totalCount } = await readPage(query, page)
  return { items: rows.map(hourOf), totalCount }
}

interface HourRow {
  start_time: Date
  end_time: Date
  number: number
  status: ScheduleHour['status']
  task_id: string | null
  task_status: string | null
  object_key: string | null
  error_code: string | null
  error_message: string | null
  error_remedy: string | null
}

function hourOf(row: HourRow): ScheduleHour {
  return {
    start: row.start_time,
    end: row.end_time,
    number: row.number,
    status: row.status,
    exportTaskId: row.task_id ?? undefined,
    objectKey: row.object_key ?? undefined,
    error: errorOf(row),
  }
}

/** What the task of a waiting hour has failed of does not count any more. */
function errorOf(row: HourRow): ScheduleError | undefined {
  const { status, task_id, task_status } = row
  if (status !== 'ERROR' && status !== 'EXPIRED') return undefined
  const { error_code: code, error_message: message, error_remedy: remedy } = row
  if (code !== null) return { code, message: message ?? '', remedy: remedy ?? '' }
  return task_id !== null && task_status === 'CANCELLED' ? cancelledError(task_id) : undefined
}

/** Rows of other rooms' tables, each joined on its organization too. */
function selectWithTasks(scope: OrganizationScope, scheduleId: string) {
  return scope
    .selectFrom('export_schedule_hours')
    .leftJoin('export_tasks', (join) =>
      join
        .onRef('export_tasks.id', '=', 'export_schedule_hours.task_id')
        .onRef('export_tasks.organization_id', '=', 'export_schedule_hours.organization_id'),
    )
    .where('schedule_id', '=', scheduleId)
}

function withFiles(scope: OrganizationScope, scheduleId: string) {
  return selectWithTasks(scope, scheduleId).innerJoin('export_files', (join) =>
    join
      .onRef('export_files.task_id', '=', 'export_schedule_hours.task_id')
      .onRef('export_files.organization_id', '=', 'export_schedule_hours.organization_id'),
  )
}
