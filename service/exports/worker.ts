import { setTimeout as pause } from 'node:timers/promises'
import { type Database, openScope } from '#database'
import { OutputError, TransientError } from '#errors'
import { traced } from '#tracing'
import { abortBudget, delayAfter, type RetryBudget, retryBudget } from './backoff.ts'
import {
  type ClaimedTask,
  claimTask,
  failTask,
  LeaseLost,
  releaseTask,
  renewLease,
  settleCancel,
} from './lease.ts'
import {
  abandonTask,
  type Lane,
  runTask,
  TASK_ID,
  type TaskOutcome,
  type TaskParts,
} from './run-task.ts'
import type { TaskState } from './status.ts'
import { shownError, taskErrorOf } from './task-error.ts'
import { isLaneWanted } from './turns.ts'
import { announceWorker } from './workers.ts'

export interface WorkerDeps extends Omit<TaskParts, 'scope'> {
  database: Database
}

export interface WorkerOptions {
  /** Tasks at once, and beside them one that is ended because somebody has cancelled it. Each holds up to three files in the spool. */
  concurrency: number
  /** How long an idle worker waits before it looks for a task again. */
  pollMs: number
  /** How long a worker that died keeps its task from the others. */
  leaseMs?: number
  budget?: RetryBudget
  /** 0..1 */
  random?: () => number
}

/** Carries out export tasks, of all organizations, until it is closed. */
interface Worker extends AsyncDisposable {
  /** Stops what is running and gives its tasks back; another worker goes on where they stand. */
  close(): Promise<void>
}

/** A worker that died keeps its task no longer than this. */
const leaseMsDefault = 30_000
/** How soon a running task hears that it is cancelled; a lease is renewed at least four times in its time. */
const RENEW_MS = 2_000
const CLOSE_UPLOADS_MS_MAX = 60_000
/** One that is cancelled while all lanes are busy is taken so soon. */
const CANCELLING_POLL_MS = 1_000
/** So long a task has its lane before it is asked for it, and from one asking to the next. */
export const LANE_ASKED_MS = 10_000
/** A task that waits for samples looks again after at most this. */
const waitMsMax = 15_000

type Settings = Required<WorkerOptions> & { onlyCancelling?: boolean }

export function startWorker(deps: WorkerDeps, options: WorkerOptions): Worker {
  const settings = { leaseMs: leaseMsDefault, budget: retryBudget, random: Math.random, ...options }
  const closing = new AbortController()
  const onFault = (error: unknown) => deps.telemetry.exportWorkerFailed({ error })
  const presence = announceWorker({ ...deps, onFault }, settings.concurrency)
  const parts = { ...deps, workerId: presence.id }
  const loops = Array.from({ length: settings.concurrency }, () =>
    takeTasks(parts, settings, closing.signal),
  )
  const ending = { ...settings, pollMs: CANCELLING_POLL_MS, onlyCancelling: true }
  if (loops.length > 0) loops.push(takeTasks(parts, ending, closing.signal))
  const close = async () => {
    closing.abort(new Error('The worker is closing.'))
    await Promise.all(loops)
    await presence.end()
  }
  return { close, [Symbol.asyncDispose]: close }
}

/** One task after the other. A fault on the way is logged; the loop ends only when the worker closes. */
async function takeTasks(
  deps: WorkerDeps & { workerId: string },
  settings: Settings,
  closing: AbortSignal,
): Promise<void> {
  while (!closing.aborted) {
    const hasWorked = await takeTask(deps, settings, closing).catch((error: unknown) => {
      deps.telemetry.exportWorkerFailed({ error })
      return false
    })
    if (!hasWorked) await pause(settings.pollMs, undefined, { signal: closing }).catch(() => {})
  }
}

async function takeTask(
  { workerId, ...deps }: WorkerDeps & { workerId: string },
  settings: Settings,
  closing: AbortSignal,
): Promise<boolean> {
  const { database, clock } = deps
  const { leaseMs, onlyCancelling = false } = settings
  const now = clock.now()
  const task = await claimTask(database, { now, leaseMs, workerId, onlyCancelling })
  if (task === undefined) return false
  const scope = openScope(database, task.organization_id, clock)
  const lane = laneOf({ database, clock, task })
  const lease = { heldUntilMs: now.getTime() + leaseMs }
  const attempt: Attempt = { ...deps, settings, scope, task, closing, lane, lease }
  const ending = isSuspect(task) ? ({ outcome: 'interrupted' } as const) : await endingOf(attempt)
  await settleOnceReachable(attempt, ending)
  return true
}

/**
 * One worker that is killed is nobody's fault, and its task goes on at once. From the second failure in a row on it
 * may be the task that kills: it waits like any that fails, while its neighbours get on, and has the same budget.
 */
function isSuspect(task: ClaimedTask): boolean {
  return task.isTakenOver && task.failures > 1
}

function laneOf(held: Pick<WorkerDeps, 'database' | 'clock'> & { task: ClaimedTask }): Lane {
  const { database, clock, task } = held
  let askedMs = clock.now().getTime()
  const isWanted = async () => {
    const now = clock.now()
    if (now.getTime() - askedMs < LANE_ASKED_MS) return false
    askedMs = now.getTime()
    return isLaneWanted(database, task.organization_id, now)
  }
  return { isWanted }
}

/** A database that is away for a moment does not keep the task until the lease ends. */
async function settleOnceReachable(attempt: Attempt, ending: Ending): Promise<void> {
  const { leaseMs, pollMs } = attempt.settings
  const deadlineMs = performance.now() + leaseMs
  for (;;) {
    try {
      return await settle(attempt, ending)
    } catch (error) {
      const isPassing = error instanceof TransientError && performance.now() < deadlineMs
      if (!isPassing || attempt.closing.aborted) throw error
      await pause(pollMs, undefined, { signal: attempt.closing }).catch(() => {})
    }
  }
}

interface Attempt extends TaskParts {
  settings: Settings
  task: ClaimedTask
  closing: AbortSignal
  lane: Lane
  /** By the clock; each renewal moves it. */
  lease: { heldUntilMs: number }
}

type Ending =
  | { outcome: TaskOutcome }
  | { outcome: 'interrupted' }
  | { outcome: 'abandoned'; refusal: OutputError | undefined }
  | { error: unknown }

/** Runs the task, or ends one that is cancelled. */
function endingOf(attempt: Attempt): Promise<Ending> {
  const { task } = attempt
  const work = async (signal: AbortSignal): Promise<Ending> => {
    if (task.status === 'CANCELLING')
      return { outcome: 'abandoned', refusal: await abandonTask(attempt, task, signal) }
    const run = () => runTask(attempt, task, signal)
    return { outcome: await traced('export attempt', { [TASK_ID]: task.id }, run) }
  }
  return whileRenewed(attempt, work).catch((error: unknown) => ({ error }))
}

/**
 * Works while a timer renews the task's lease. A cancellation, a closing worker, or a lease that is lost or over
 * stops it: also one whose renewal has no answer.
 */
async function whileRenewed<Result>(
  attempt: Attempt,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController()
  const signal = AbortSignal.any([attempt.closing, stop.signal])
  const { scope, clock, task, settings, lease } = attempt
  let renewing: Promise<void> | undefined
  const renew = async () => {
    const until = new Date(clock.now().getTime() + settings.leaseMs)
    try {
      const state = await renewLease(scope, task.claim, until)
      lease.heldUntilMs = until.getTime()
      if (state !== task.status && state === 'CANCELLING') stop.abort(new TaskCancelled())
    } catch (error) {
      if (error instanceof LeaseLost) stop.abort(error)
    }
  }
  let over: NodeJS.Timeout | undefined
  const watch = () => {
    const leftMs = lease.heldUntilMs - clock.now().getTime()
    if (leftMs > 0) over = setTimeout(watch, leftMs)
    else stop.abort(new LeaseLost())
  }
  watch()
  const renewMs = Math.min(RENEW_MS, settings.leaseMs / 4)
  const timer = setInterval(() => {
    renewing ??= renew().finally(() => {
      renewing = undefined
    })
  }, renewMs)
  try {
    return await work(signal)
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error
  } finally {
    clearInterval(timer)
    clearTimeout(over)
    await renewing
  }
}

/** Somebody cancelled the task while it ran. */
class TaskCancelled extends Error {
  override readonly name = 'TaskCancelled'
}

/** The one place that decides what an attempt's end means for its task. */
async function settle(attempt: Attempt, ending: Ending): Promise<void> {
  const { task, telemetry } = attempt
  try {
    if (!('outcome' in ending)) await settleError(attempt, ending.error)
    else if (ending.outcome === 'finished') telemetry.exportTaskFinished({ taskId: task.id })
    else if (ending.outcome === 'abandoned') await endCancelled(attempt, ending.refusal)
    else if (ending.outcome === 'gave way') await giveWay(attempt)
    else if (ending.outcome === 'interrupted') await postpone(attempt, interrupted(task))
    else await waitForSamples(attempt, ending.outcome)
  } catch (error) {
    if (error instanceof TaskCancelled) return giveBack(attempt) // the next to claim it ends it
    if (!(error instanceof LeaseLost)) throw error
    telemetry.exportTaskLost({ taskId: task.id })
  }
}

async function settleError(attempt: Attempt, error: unknown): Promise<void> {
  const { task, closing } = attempt
  const now = await readNow(attempt)
  const hasTurned = now.status === 'CANCELLING' && task.status !== 'CANCELLING'
  if (hasTurned) return giveBack(attempt) // the next to claim it ends it
  if (error instanceof LeaseLost) throw error
  if (closing.aborted && !(error instanceof OutputError)) return giveBack(attempt, 'HANDED_BACK')
  if (error instanceof TransientError)
    return postpone(attempt, { error, failures: now.failures + 1 })
  return fail(attempt, error)
}

/** Since the attempt began, delivered files may have cleared its failures, and somebody may have cancelled it. */
function readNow({ scope, task }: Attempt): Promise<{ status: TaskState; failures: number }> {
  return scope
    .selectFrom('export_tasks')
    .select(['status', 'failures'])
    .where('id', '=', task.id)
    .executeTakeFirstOrThrow()
}

async function giveBack({ scope, task, clock }: Attempt, event?: 'HANDED_BACK'): Promise<void> {
  const at = clock.now()
  const message = 'The worker closes; another one goes on.'
  const entry = event && { at, event, message }
  await releaseTask(scope, task, { availableAt: at, ...(entry && { entry }) })
}

/** It keeps its place among its organization's tasks, and is the first of them to go on. */
async function giveWay({ scope, task, telemetry }: Attempt): Promise<void> {
  await releaseTask(scope, task, { gaveWay: true })
  telemetry.log.debug({ taskId: task.id }, 'export task gave its lane to another organization')
}

async function waitForSamples(
  { scope, task, clock, settings }: Attempt,
  { waitsFor, watermark }: Exclude<TaskOutcome, string>,
): Promise<void> {
  const missingMs = waitsFor.getTime() - watermark.getTime()
  const waitMs = Math.min(Math.max(missingMs, settings.pollMs), waitMsMax)
  await releaseTask(scope, task, { availableAt: new Date(clock.now().getTime() + waitMs) })
}

async function postpone(
  attempt: Attempt,
  { error, failures }: { error: TransientError; failures: number },
): Promise<void> {
  const { scope, task, clock, settings, telemetry } = attempt
  const budget = task.status === 'CANCELLING' ? abortBudget : settings.budget
  const { retryAfterSeconds } = error
  const random = settings.random()
  const delayMs = delayAfter(failures, { budget, random, retryAfterSeconds })
  if (delayMs === undefined) return fail(attempt, error)
  const at = clock.now()
  const message =
    `${error.code}: ${error.message} Tried again in ${Math.ceil(delayMs / 1000)} s; ` +
    `${failures} of ${budget.failuresMax} failures in a row.`
  await releaseTask(scope, task, {
    availableAt: new Date(at.getTime() + delayMs),
    failures,
    entry: { at, event: 'POSTPONED', message },
  })
  telemetry.exportTaskPostponed({ taskId: task.id, failures, delayMs, error })
}

/** The claim has counted it. */
function interrupted({ failures }: ClaimedTask): { error: TransientError; failures: number } {
  const message = 'The worker that had the task died or was cut off, again.'
  return { error: new TransientError('WORK_INTERRUPTED', message), failures }
}

async function fail(attempt: Attempt, error: unknown): Promise<void> {
  const { scope, task, clock, telemetry } = attempt
  if (task.status === 'CANCELLING') return endCancelled(attempt, error)
  const shown = taskErrorOf(error, { id: task.id, outputId: task.output_id })
  const note = await closeUploads(attempt)
  await failTask(scope, task.claim, { at: clock.now(), error: shown, ...(note && { note }) })
  telemetry.exportTaskFailed({ taskId: task.id, code: shown.code, error })
}

/** Before a task ends: what is left open of it, for people; undefined when nothing is. */
async function closeUploads(attempt: Attempt): Promise<string | undefined> {
  try {
    const refusal = await whileRenewed(attempt, (signal) => {
      const soon = AbortSignal.any([signal, AbortSignal.timeout(CLOSE_UPLOADS_MS_MAX)])
      return abandonTask(attempt, attempt.task, soon)
    })
    return refusal && uploadsLeft(refusal)
  } catch (error) {
    if (error instanceof LeaseLost || error instanceof TaskCancelled) throw error
    return uploadsLeft(error)
  }
}

function uploadsLeft(error: unknown): string {
  return (
    `Uploads that were not complete could not be aborted (${shownError(error).code}): a lifecycle rule of the ` +
    'bucket with AbortIncompleteMultipartUpload removes them.'
  )
}

/** A bucket that does not let us in does not keep the task from its end. */
async function endCancelled(
  { scope, task, clock, telemetry }: Attempt,
  error?: unknown,
): Promise<void> {
  const message =
    error === undefined
      ? 'The task has stopped, and none of its uploads is open.'
      : `The task has stopped. ${uploadsLeft(error)}`
  await settleCancel(scope, task.claim, { at: clock.now(), message })
  telemetry.exportTaskCancelled({ taskId: task.id })
}
