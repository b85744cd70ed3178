import { setTimeout as pause } from 'node:timers/promises'
import { type Database, type OrganizationScope, openScope } from '#database'
import { OutputError, TransientError } from '#errors'
import { traced } from '#tracing'
import { delayAfter, type RetryBudget, retryBudget } from './backoff.ts'
import type { TaskError } from './exports.ts'
import {
  type ClaimedTask,
  claimTask,
  failTask,
  LeaseLost,
  releaseTask,
  renewLease,
} from './lease.ts'
import { runTask, TASK_ID, type TaskOutcome, type TaskParts } from './run-task.ts'

export interface WorkerDeps extends Omit<TaskParts, 'scope'> {
  database: Database
}

export interface WorkerOptions {
  /** Tasks at once. Each holds up to two files in the spool. */
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
export interface Worker extends AsyncDisposable {
  /** Stops what is running and gives its tasks back; another worker goes on where they stand. */
  close(): Promise<void>
}

const leaseMsDefault = 60_000
/** A task that waits for samples looks again after at most this. */
const waitMsMax = 15_000

type Settings = Required<WorkerOptions>

export function startWorker(deps: WorkerDeps, options: WorkerOptions): Worker {
  const settings = { leaseMs: leaseMsDefault, budget: retryBudget, random: Math.random, ...options }
  const closing = new AbortController()
  const loops = Array.from({ length: settings.concurrency }, () =>
    takeTasks(deps, settings, closing.signal),
  )
  const close = async () => {
    closing.abort(new Error('The worker is closing.'))
    await Promise.all(loops)
  }
  return { close, [Symbol.asyncDispose]: close }
}

/** One task after the other. A fault on the way is logged; the loop ends only when the worker closes. */
async function takeTasks(
  deps: WorkerDeps,
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
  deps: WorkerDeps,
  settings: Settings,
  closing: AbortSignal,
): Promise<boolean> {
  const { database, clock } = deps
  const task = await claimTask(database, { now: clock.now(), leaseMs: settings.leaseMs })
  if (task === undefined) return false
  const scope = openScope(database, task.organization_id, clock)
  const attempt: Attempt = { ...deps, settings, scope, task, closing }
  const ending = await endingOf(attempt)
  await settleOnceReachable(attempt, ending)
  return true
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
}

type Ending = { outcome: TaskOutcome } | { error: unknown }

/** Runs the task while a timer renews its lease; a lost lease or a closing worker stops it. */
async function endingOf(attempt: Attempt): Promise<Ending> {
  const lost = new AbortController()
  const signal = AbortSignal.any([attempt.closing, lost.signal])
  const { scope, clock, task, settings } = attempt
  let heldUntil = clock.now().getTime() + settings.leaseMs
  let renewing = Promise.resolve()
  const renew = async () => {
    const until = new Date(clock.now().getTime() + settings.leaseMs)
    try {
      await renewLease(scope, task.claim, until)
      heldUntil = until.getTime()
    } catch (error) {
      const isOver = error instanceof LeaseLost || clock.now().getTime() >= heldUntil
      if (isOver) lost.abort(new LeaseLost())
    }
  }
  const timer = setInterval(() => {
    renewing = renewing.then(renew)
  }, settings.leaseMs / 4)
  try {
    const attributes = { [TASK_ID]: task.id }
    const run = () => runTask(attempt, task, signal)
    return { outcome: await traced('export attempt', attributes, run) }
  } catch (error) {
    return { error: lost.signal.aborted ? lost.signal.reason : error }
  } finally {
    clearInterval(timer)
    await renewing
  }
}

/** The one place that decides what an attempt's end means for its task. */
async function settle(attempt: Attempt, ending: Ending): Promise<void> {
  const { task, telemetry, closing } = attempt
  if ('outcome' in ending) {
    if (ending.outcome === 'finished') return telemetry.exportTaskFinished({ taskId: task.id })
    return waitForSamples(attempt, ending.outcome)
  }
  const { error } = ending
  if (error instanceof LeaseLost) return telemetry.exportTaskLost({ taskId: task.id })
  if (closing.aborted && !(error instanceof OutputError)) return handBack(attempt)
  if (error instanceof TransientError) return postpone(attempt, error)
  return fail(attempt, error)
}

async function handBack({ scope, task, clock }: Attempt): Promise<void> {
  await releaseTask(scope, task.claim, { availableAt: clock.now() })
}

async function waitForSamples(
  { scope, task, clock, settings }: Attempt,
  { waitsFor, watermark }: Exclude<TaskOutcome, 'finished'>,
): Promise<void> {
  const missingMs = waitsFor.getTime() - watermark.getTime()
  const waitMs = Math.min(Math.max(missingMs, settings.pollMs), waitMsMax)
  await releaseTask(scope, task.claim, { availableAt: new Date(clock.now().getTime() + waitMs) })
}

async function postpone(attempt: Attempt, error: TransientError): Promise<void> {
  const { scope, task, clock, settings, telemetry } = attempt
  const failures = (await failuresOf(scope, task.id)) + 1
  const { retryAfterSeconds } = error
  const random = settings.random()
  const delayMs = delayAfter(failures, { budget: settings.budget, random, retryAfterSeconds })
  if (delayMs === undefined) return fail(attempt, error)
  const availableAt = new Date(clock.now().getTime() + delayMs)
  await releaseTask(scope, task.claim, { availableAt, failures })
  telemetry.exportTaskPostponed({ taskId: task.id, failures, delayMs, error })
}

/** Since the attempt began, delivered files may have cleared them. */
async function failuresOf(scope: OrganizationScope, taskId: string): Promise<number> {
  const { failures } = await scope
    .selectFrom('export_tasks')
    .select('failures')
    .where('id', '=', taskId)
    .executeTakeFirstOrThrow()
  return failures
}

async function fail(attempt: Attempt, error: unknown): Promise<void> {
  const { scope, task, clock, telemetry } = attempt
  const shown = taskErrorOf(error)
  await failTask(scope, task.claim, { at: clock.now(), error: shown })
  telemetry.exportTaskFailed({ taskId: task.id, code: shown.code, error })
}

const askAgain =
  'Nothing has to change in your AWS account. Create the task again later; if it fails again, tell the ' +
  'operator of Sluice the id of the task.'
const oursToMend = `The fault is on Sluice’s side. ${askAgain}`

/** What the customer reads. Of a fault of ours it says that it is ours, and nothing of its inside. */
export function taskErrorOf(error: unknown): TaskError {
  if (error instanceof OutputError)
    return { code: error.code, message: error.message, remedy: error.remedy }
  if (error instanceof TransientError) {
    const remedy = error.code === 'AWS_UNAVAILABLE' ? askAgain : oursToMend
    return { code: error.code, message: error.message, remedy }
  }
  return { code: 'INTERNAL', message: 'Sluice has failed at this task.', remedy: oursToMend }
}
