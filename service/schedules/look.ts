import type { OrganizationScope } from '#database'
import { CallerError, OutputError } from '#errors'
import { createExportTask, getExportTask, retryExportTask } from '#exports'
import { getLicenses } from '#licenses'
import type { Samples, Window } from '#samples'
import type { Telemetry } from '#telemetry'
import { enqueueEvent } from '#webhooks'
import { type ClaimedSchedule, holdSchedule, releaseSchedule, updateClaimed } from './claim.ts'
import { expireHours, readExpired } from './expired.ts'
import {
  countUnderway,
  type DueWindow,
  findManifest,
  findUndelivered,
  insertHours,
  insertRevisions,
  listUndelivered,
  listWaiting,
  type ScheduleError,
  settleWindow,
} from './hours.ts'
import { type Latest, type LatestParts, putLatest } from './latest.ts'
import {
  endOfWindow,
  isLate,
  joinWindows,
  lateBefore,
  planNextLook,
  planWindows,
  type Rule,
} from './plan.ts'
import { ruleOf, unlessNotFound } from './rule.ts'

export interface LookParts extends LatestParts {
  samples: Pick<Samples, 'watermark'>
  telemetry: Telemetry
}

/** Windows that one look plans, and tasks of one schedule that are under way at once: its rate. */
const WINDOWS_MAX = 100
const TASKS_AT_ONCE = 2
const LATEST_MS_MAX = 120_000
/** Each try proves the role anew. */
const LATEST_AGAIN_MS = 600_000

interface Look extends LookParts {
  scope: OrganizationScope
  claimed: ClaimedSchedule
  watermark: Date
  random: number
}

/**
 * One look at a claimed schedule: hours that have closed get their rows, rows whose turn it is their tasks,
 * in one transaction, so that a look that dies half way has done nothing. Then latest.json.
 */
export async function lookAt(
  parts: LookParts,
  {
    scope,
    claimed,
    random,
    signal,
  }: Pick<Look, 'scope' | 'claimed' | 'random'> & { signal: AbortSignal },
): Promise<void> {
  const look = { ...parts, scope, claimed, random, watermark: await parts.samples.watermark() }
  const planned = await scope.transaction((tx) => planTasks({ ...look, scope: tx }))
  if (planned === undefined) return releaseSchedule(scope, claimed, scope.clock.now())
  const { nextAt, latest } = planned
  if (latest !== undefined) await keepLatest(look, latest, signal)
  await releaseSchedule(scope, claimed, nextAt)
}

interface Planned {
  nextAt: Date
  /** What latest.json should say and does not. */
  latest: Latest | undefined
}

async function planTasks(look: Look): Promise<Planned | undefined> {
  const { scope: tx, claimed, watermark, random } = look
  const schedule = await holdSchedule(tx, claimed)
  if (schedule === undefined) return undefined
  const rule = await ruleOf(tx, claimed)
  const windows = planWindows(rule, {
    start: schedule.planned_until,
    until: watermark,
    countMax: WINDOWS_MAX,
  })
  const plannedUntil = windows.at(-1)?.end ?? schedule.planned_until
  await insertHours(tx, schedule.id, { windows, number: 1, isBackfill: false })
  await leaveExpired(look)
  const now = tx.clock.now()
  const isWorking = await startWaiting(look)
  const revisions = await readRevisions(look, isWorking)
  const undelivered = await findUndelivered(tx, schedule.id)
  const windowEnd = endOfWindow(rule, plannedUntil)
  const completeUntil = undelivered?.start ?? plannedUntil
  const expired = await readExpired(tx, schedule.id, completeUntil)
  await updateClaimed(tx, claimed, {
    planned_until: plannedUntil,
    complete_until: completeUntil,
    expired_hours: expired.hours,
    late_since: lateSince(now, claimed, undelivered?.end ?? windowEnd),
    late_told_until: await tellLate(look, rule, plannedUntil),
    revisions_read_at: revisions.readAt,
  })
  const isBusy = isWorking || revisions.count > 0 || windows.length === WINDOWS_MAX
  const nextAt = planNextLook(now, { windowEnd, isBusy, random })
  return { nextAt, latest: await findLatest(tx, claimed, { completeUntil, expired }) }
}

/** Every look of an idle schedule, and one in so many minutes of a busy one, which is looked at every few seconds. */
const REVISIONS_AGAIN_MS = 600_000

async function readRevisions(
  { scope: tx, claimed }: Look,
  isWorking: boolean,
): Promise<{ count: number; readAt: Date | null }> {
  const now = tx.clock.now()
  const { revisions_read_at: readAt } = claimed
  const isRecent = readAt !== null && now.getTime() - readAt.getTime() < REVISIONS_AGAIN_MS
  if (isWorking && isRecent) return { count: 0, readAt }
  return { count: await insertRevisions(tx, claimed.id), readAt: now }
}

/** Never in silence: each stretch of hours is counted and told. */
async function leaveExpired({ scope: tx, claimed, telemetry }: Look): Promise<void> {
  const licenses = await unlessNotFound(getLicenses(tx, claimed.license_key))
  if (licenses === undefined) return
  const licenseKeys = licenses.map(({ licenseKey }) => licenseKey)
  const samples = { licenseKeys, type: claimed.content.type }
  for (const { start, end } of await expireHours(tx, claimed, samples)) {
    const window = { startTime: start.toISOString(), endTime: end.toISOString() }
    const data = { exportScheduleId: claimed.id, ...window }
    await enqueueEvent(tx, { type: 'export_schedule.expired', data })
    telemetry.exportScheduleExpired({ scheduleId: claimed.id, ...window })
  }
}

/** Makes, or retries, as many tasks as may be under way. Answers whether anything is or waits. */
async function startWaiting(look: Look): Promise<boolean> {
  const { scope: tx, claimed: schedule } = look
  const underway = await countUnderway(tx, schedule.id)
  const waiting = await listWaiting(tx, schedule.id, Math.max(TASKS_AT_ONCE - underway, 0))
  for (const window of waiting) {
    const became = await startTask(tx, schedule, window)
    await settleWindow(tx, schedule.id, { window, ...became })
    if ('error' in became) await tellUntasked(look, window, became.error)
  }
  return underway + waiting.length > 0
}

async function startTask(
  tx: OrganizationScope,
  schedule: ClaimedSchedule,
  { number, taskId, replacesTaskId, start, end }: DueWindow,
): Promise<{ taskId: string } | { error: ScheduleError }> {
  try {
    const retried = taskId === null ? undefined : await retryTask(tx, taskId)
    if (retried !== undefined) return { taskId: retried }
    const input = {
      ...schedule.content,
      name: `${schedule.name} ${start.toISOString().slice(0, 16)}Z`,
      description: undefined,
      window: { start, end },
      licenseKey: schedule.license_key,
      outputId: schedule.output_id,
      outputPath: schedule.output_path,
      overwrite: false,
      fileNumber: number,
    }
    const task = await createExportTask(tx, input, {
      inPlaceOf: taskId ?? replacesTaskId ?? undefined,
    })
    return { taskId: task.id }
  } catch (error) {
    if (!(error instanceof CallerError)) throw error
    return { error: errorOf(error) }
  }
}

/** An hour that was begun cannot be read as it was: of rows that a privacy deletion took, say. */
const BEYOND_RETRY = ['SAMPLES_INCOMPLETE', 'SAMPLES_CHANGED']

/**
 * Delivers what is missing, under the same keys. Somebody may have retried it meanwhile. Undefined when only
 * another task can, in its place.
 */
async function retryTask(tx: OrganizationScope, taskId: string): Promise<string | undefined> {
  const task = await getExportTask(tx, taskId)
  if (task.status !== 'ERROR') return taskId
  if (BEYOND_RETRY.includes(task.error.code)) return undefined
  await retryExportTask(tx, taskId)
  return taskId
}

function errorOf({ code, message }: CallerError): ScheduleError {
  const remedy =
    'Put right what the message names, or create another schedule; then backfill the schedule from this ' +
    'hour on.'
  return { code, message, remedy }
}

/** No task will say it. */
async function tellUntasked(
  { scope: tx, claimed, telemetry }: Look,
  { start, end }: Window,
  error: ScheduleError,
): Promise<void> {
  const window = { startTime: start.toISOString(), endTime: end.toISOString() }
  const data = { exportScheduleId: claimed.id, ...window, code: error.code }
  await enqueueEvent(tx, { type: 'export_schedule.failed', data })
  telemetry.exportScheduleFailed({ scheduleId: claimed.id, error })
}

/** When it turned late, until all is there again. */
function lateSince(now: Date, claimed: ClaimedSchedule, windowEnd: Date): Date | null {
  return isLate(now, { windowEnd }) ? (claimed.late_since ?? now) : null
}

/**
 * Each window that turns late is told once, however long an earlier one has been late; those that follow each
 * other together. Answers the end of the last one.
 */
async function tellLate(
  { claimed, scope: tx, telemetry }: Look,
  rule: Rule,
  plannedUntil: Date,
): Promise<Date | null> {
  const now = tx.clock.now()
  const from = claimed.late_told_until
  const until = lateBefore(now)
  const start = from !== null && from > plannedUntil ? from : plannedUntil
  const late = [
    ...(await listUndelivered(tx, claimed.id, { from, endBefore: until, limit: WINDOWS_MAX })),
    ...planWindows(rule, { start, until, countMax: WINDOWS_MAX }),
  ]
    .filter(({ end }) => isLate(now, { windowEnd: end }))
    .slice(0, WINDOWS_MAX)
  for (const { start, end } of joinWindows(late)) {
    const window = { startTime: start.toISOString(), endTime: end.toISOString() }
    const data = { exportScheduleId: claimed.id, ...window }
    await enqueueEvent(tx, { type: 'export_schedule.late', data })
    const lateMs = now.getTime() - end.getTime()
    telemetry.exportScheduleLate({ scheduleId: claimed.id, ...window, lateMs })
  }
  return late.at(-1)?.end ?? from
}

/** Undefined when it says so already, is not kept, or has just failed. It never goes back. */
async function findLatest(
  tx: OrganizationScope,
  { id, latest_key, latest_until, latest_again_at, start_time }: ClaimedSchedule,
  { completeUntil, expired }: Pick<Latest, 'completeUntil' | 'expired'>,
): Promise<Latest | undefined> {
  if (latest_key === null || completeUntil <= (latest_until ?? start_time)) return undefined
  if (latest_again_at !== null && latest_again_at > tx.clock.now()) return undefined
  const manifestKey = await findManifest(tx, id, completeUntil)
  return { objectKey: latest_key, completeUntil, manifestKey, expired }
}

/** When it cannot be written, the hours are delivered all the same. */
async function keepLatest(look: Look, latest: Latest, signal: AbortSignal): Promise<void> {
  const { scope, claimed } = look
  const soon = AbortSignal.any([signal, AbortSignal.timeout(LATEST_MS_MAX)])
  try {
    await putLatest(look, { scope, schedule: claimed, latest, signal: soon })
  } catch (error) {
    signal.throwIfAborted()
    look.telemetry.exportScheduleFailed({ scheduleId: claimed.id, error })
    const againAt = new Date(scope.clock.now().getTime() + LATEST_AGAIN_MS)
    return updateClaimed(scope, claimed, { latest_again_at: againAt, ...latestErrorOf(error) })
  }
  await updateClaimed(scope, claimed, {
    latest_until: latest.completeUntil,
    latest_again_at: null,
    latest_error_code: null,
    latest_error_message: null,
    latest_error_remedy: null,
  })
}

/** What its owner can do something about. */
function latestErrorOf(error: unknown) {
  const shown =
    error instanceof OutputError ? error : error instanceof CallerError ? errorOf(error) : undefined
  if (shown === undefined) return {}
  const { code, message, remedy } = shown
  return { latest_error_code: code, latest_error_message: message, latest_error_remedy: remedy }
}
