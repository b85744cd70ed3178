/**
 * Export schedules: every hour, or every day, of a license's samples into an output, without being asked.
 * A schedule makes ordinary export tasks, as soon as the hours of a window are closed, and remembers every
 * hour that it owes.
 */
import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import { isUuid, type OrganizationScope, readPage } from '#database'
import { CallerError, invalidRequest, notFound } from '#errors'
import { besideFiles, type ExportContent, resolveExport } from '#exports'
import { getTimeZone } from '#licenses'
import type { Window } from '#samples'
import {
  askAgain,
  insertHours,
  listHourWindows,
  pageHours,
  type ScheduleError,
  type ScheduleHour,
} from './hours.ts'
import { alignStart, endOfWindow, type Frequency, planBackfill, planNextWindows } from './plan.ts'
import type { ExportScheduleRow, StoredContent } from './rows.ts'
import { ruleOf } from './rule.ts'

export { readLate } from './late.ts'
export { scheduleRoutes } from './routes.ts'
export { startSchedules } from './start-schedules.ts'

export interface NewExportSchedule extends ExportContent {
  name: string
  description: string | undefined
  frequency: Frequency
  outputId: string
  outputPath: string
  /** Keep latest.json, by overwriting it. */
  overwriteLatest: boolean
  /** In the first window; the current one when absent. */
  startTime: Date | undefined
}

export interface ExportSchedule extends StoredContent {
  id: string
  name: string
  description: string | undefined
  frequency: Frequency
  licenseKey: string
  outputId: string
  outputPath: string
  status: 'ACTIVE' | 'PAUSED'
  startTime: Date
  /** Every hour before it is due and has a row. */
  plannedUntil: Date
  /** Every hour before it is in the bucket, or has expired. */
  completeUntil: Date
  expiredHours: number
  lateSince: Date | undefined
  /** What is exported next; empty while it is paused. */
  nextWindows: Window[]
  latest:
    | { objectKey: string; completeUntil: Date | undefined; error: ScheduleError | undefined }
    | undefined
  createdAt: Date
  modifiedAt: Date
}

/**
 * Throws NOT_FOUND for an output or a license of someone else, CONFLICT when another schedule keeps the
 * same latest.json.
 */
export async function createExportSchedule(
  scope: OrganizationScope,
  input: NewExportSchedule,
): Promise<ExportSchedule> {
  const { output, columns, keyPrefix } = await resolveExport(scope, input)
  const now = scope.clock.now()
  const { frequency, type, fileFormat, compression, layout } = input
  const rule = { frequency, timeZone: await getTimeZone(scope, input.licenseKey) }
  const start = alignStart(rule, input.startTime ?? now)
  const content: StoredContent = { type, columns, fileFormat, compression, layout }
  const { bucketName } = output
  const latestKey = input.overwriteLatest
    ? `${besideFiles({ keyPrefix, layout })}latest.json`
    : null
  const row = {
    id: randomUUID(),
    name: input.name,
    description: input.description ?? null,
    frequency,
    license_key: input.licenseKey.toLowerCase(),
    output_id: input.outputId,
    output_path: input.outputPath,
    content: JSON.stringify(content),
    bucket_name: bucketName,
    latest_key: latestKey,
    status: 'ACTIVE' as const,
    start_time: start,
    planned_until: start,
    complete_until: start,
    next_at: now,
    created_at: now,
    modified_at: now,
  }
  const { numInsertedOrUpdatedRows } = await scope
    .insertInto('export_schedules', row)
    .onConflict((on) => on.doNothing())
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows === 0n) throw latestTaken(`${bucketName}/${latestKey}`)
  return getExportSchedule(scope, row.id)
}

function latestTaken(place: string): CallerError {
  return new CallerError(
    'CONFLICT',
    `Another export schedule keeps ${place}. Choose another outputPath, leave out output.overwriteLatest, ` +
      'or delete that schedule.',
  )
}

export async function getExportSchedule(
  scope: OrganizationScope,
  id: string,
): Promise<ExportSchedule> {
  return scheduleOf(scope, await getRow(scope, id))
}

async function getRow(
  scope: OrganizationScope,
  id: string,
  options: { hold?: boolean } = {},
): Promise<Selectable<ExportScheduleRow>> {
  const query = selectSchedules(scope).where('id', '=', id)
  const held = options.hold ? query.forUpdate() : query
  const row = isUuid(id) ? await held.executeTakeFirst() : undefined
  if (row === undefined) throw notFound('export schedule', id)
  return row
}

function selectSchedules(scope: OrganizationScope) {
  return scope.selectFrom('export_schedules').selectAll().where('deleted_at', 'is', null)
}

/** The newest first. */
export async function listExportSchedules(
  scope: OrganizationScope,
  page: { offset: number; limit: number },
): Promise<{ items: ExportSchedule[]; totalCount: number }> {
  const query = selectSchedules(scope).orderBy('created_at', 'desc').orderBy('id')
  const { rows, totalCount } = await readPage(query, page)
  const items = await Promise.all(rows.map((row) => scheduleOf(scope, row)))
  return { items, totalCount }
}

/** Its hours with what became of each, the newest first. Throws NOT_FOUND. */
export async function listScheduleHours(
  scope: OrganizationScope,
  id: string,
  page: { offset: number; limit: number },
): Promise<{ items: ScheduleHour[]; totalCount: number }> {
  await getRow(scope, id)
  return pageHours(scope, id, page)
}

/** What people call it; all else decides its files, and is another schedule's. Throws NOT_FOUND. */
export function renameExportSchedule(
  scope: OrganizationScope,
  id: string,
  change: { name?: string; description?: string },
): Promise<ExportSchedule> {
  return update(scope, id, change)
}

/** Tasks that it has made go on; hours that close from now on wait for its resumption. Throws NOT_FOUND. */
export function pauseExportSchedule(scope: OrganizationScope, id: string): Promise<ExportSchedule> {
  return update(scope, id, { status: 'PAUSED', late_since: null })
}

/** It catches up first, in order. Throws NOT_FOUND. */
export function resumeExportSchedule(
  scope: OrganizationScope,
  id: string,
): Promise<ExportSchedule> {
  return update(scope, id, { status: 'ACTIVE', next_at: scope.clock.now() })
}

/** Tasks that it has made go on, and nothing is removed from the bucket. Throws NOT_FOUND. */
export async function deleteExportSchedule(
  scope: OrganizationScope,
  id: string,
): Promise<ExportSchedule> {
  const schedule = await getExportSchedule(scope, id)
  const change = { deleted_at: scope.clock.now() }
  await scope.updateTable('export_schedules').set(change).where('id', '=', id).execute()
  return schedule
}

async function update(
  scope: OrganizationScope,
  id: string,
  change: Partial<Omit<Selectable<ExportScheduleRow>, 'organization_id' | 'content'>>,
): Promise<ExportSchedule> {
  await getRow(scope, id)
  await scope
    .updateTable('export_schedules')
    .set({ ...change, modified_at: scope.clock.now() })
    .where('id', '=', id)
    .execute()
  return getExportSchedule(scope, id)
}

/** 90 days, as of an export task. */
const BACKFILL_HOURS_MAX = 90 * 24
const HOUR_MS = 3_600_000

/**
 * Asks for hours that the schedule does not owe: those before its start, and those whose export has failed,
 * once more; none that is still open at the watermark. Its own hours come first. Answers the window and how many
 * hours now wait. Throws NOT_FOUND.
 */
export function backfillExportSchedule(
  scope: OrganizationScope,
  id: string,
  asked: { startTime: Date; endTime: Date | undefined; watermark: Date },
): Promise<Window & { hours: number }> {
  return scope.transaction(async (tx) => {
    const row = await getRow(tx, id, { hold: true })
    const timeZone = await getTimeZone(tx, row.license_key)
    const rule = { frequency: row.frequency, timeZone }
    const start = alignStart(rule, asked.startTime)
    const { planned_until: plannedUntil } = row
    // Of a schedule that begins in the future, hours before its start may be so too.
    const isClosed = plannedUntil <= asked.watermark
    const due = isClosed ? plannedUntil : alignStart(rule, asked.watermark)
    const end = lastEnd(asked.endTime, due, (end) => endOfWindow(rule, end))
    refuseBackfill({ start, end }, due)
    const windows = planBackfill(
      rule,
      { start, end },
      await listHourWindows(tx, id, { start, end }),
    )
    const again = await askAgain(tx, id, { start, end })
    const added = await insertHours(tx, id, { windows, number: 1, isBackfill: true })
    await tx
      .updateTable('export_schedules')
      .set({ next_at: tx.clock.now() })
      .where('id', '=', id)
      .execute()
    return { start, end, hours: again + added }
  })
}

/** The end of the window that holds the last instant asked for, and nothing that is not due yet. */
function lastEnd(asked: Date | undefined, due: Date, endOf: (instant: Date) => Date): Date {
  if (asked === undefined || asked >= due) return due
  const end = endOf(new Date(asked.getTime() - 1))
  return end < due ? end : due
}

function refuseBackfill({ start, end }: Window, due: Date): void {
  const hours = (end.getTime() - start.getTime()) / HOUR_MS
  if (hours <= 0) {
    const text = `must be before endTime, and before ${due.toISOString()}: later hours come by themselves, or are open`
    throw invalidRequest([{ field: 'startTime', text }])
  }
  if (hours > BACKFILL_HOURS_MAX) {
    const text = `must be at most ${BACKFILL_HOURS_MAX} hours (90 days) after startTime; ask in several steps`
    throw invalidRequest([{ field: 'endTime', text }])
  }
}

const NEXT_WINDOWS = 3

async function scheduleOf(
  scope: OrganizationScope,
  row: Selectable<ExportScheduleRow>,
): Promise<ExportSchedule> {
  return {
    ...row.content,
    id: row.id,
    name: row.name,
    description: row.description ?? undefined,
    frequency: row.frequency,
    licenseKey: row.license_key,
    outputId: row.output_id,
    outputPath: row.output_path,
    status: row.status,
    startTime: row.start_time,
    plannedUntil: row.planned_until,
    completeUntil: row.complete_until,
    expiredHours: row.expired_hours,
    lateSince: row.late_since ?? undefined,
    nextWindows: await nextWindowsOf(scope, row),
    latest: latestOf(row),
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  }
}

async function nextWindowsOf(
  scope: OrganizationScope,
  row: Selectable<ExportScheduleRow>,
): Promise<Window[]> {
  if (row.status === 'PAUSED') return []
  return planNextWindows(await ruleOf(scope, row), row.planned_until, NEXT_WINDOWS)
}

function latestOf(row: Selectable<ExportScheduleRow>): ExportSchedule['latest'] {
  if (row.latest_key === null) return undefined
  const { latest_error_code: code, latest_error_message: message } = row
  const remedy = row.latest_error_remedy ?? ''
  return {
    objectKey: row.latest_key,
    completeUntil: row.latest_until ?? undefined,
    error: code === null ? undefined : { code, message: message ?? '', remedy },
  }
}
