import { randomUUID } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import type { Database, OrganizationScope } from '#database'
import { enqueueEvent, type WebhookEvent } from '#webhooks'
import { type LogEntry, writeLog } from './log.ts'
import type { ExportTaskRow } from './rows.ts'
import { statesBefore, type TaskState } from './status.ts'
import type { TaskError } from './task-error.ts'
import { lockTask } from './tasks.ts'
import { nextTask, recordTurn, type TasksAtOnce } from './turns.ts'

/**
 * A task is claimed from its own table: the row is the queue, its status, and the lease of the one worker
 * that may write to it. Every write below carries the lease, so a worker that lost it changes nothing.
 */
export interface Claim {
  readonly taskId: string
  readonly leaseId: string
}

export type ClaimedTask = Selectable<ExportTaskRow> & {
  readonly claim: Claim
  /** The worker before has not ended its claim: it died, or was cut off. */
  readonly isTakenOver: boolean
}

/** Another worker has the task now. Whatever this one still does is without effect. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
  constructor() {
    super('Another worker has claimed the task.')
  }
}

interface ClaimOptions {
  now: Date
  leaseMs: number
  /** Who claims it, for the operator to see. */
  workerId?: string
  tasksAtOnce?: TasksAtOnce
  /** Of those alone that are to be ended. */
  onlyCancelling?: boolean
}

/**
 * Takes the next task of any organization, as `turns.ts` has it; undefined when there is nothing to do. One that is to
 * be ended comes first. A lease that is over and that nobody has given back is a failure of the task: whether its
 * worker was killed or the task has killed it, nobody can tell.
 */
export async function claimTask(
  database: Database,
  options: ClaimOptions,
): Promise<ClaimedTask | undefined> {
  const { now, leaseMs, workerId = null } = options
  const leaseId = randomUUID()
  const row = await database.db
    .with(
      (cte) => cte('next').materialized(),
      () => nextTask(now, options),
    )
    .updateTable('export_tasks')
    .from('next')
    .set({
      lease_id: leaseId,
      lease_until: new Date(now.getTime() + leaseMs),
      worker_id: workerId,
      failures: sql`export_tasks.failures + next.is_taken_over::integer`,
    })
    .whereRef('export_tasks.id', '=', 'next.id')
    .returningAll('export_tasks')
    .returning('next.is_taken_over')
    .executeTakeFirst()
  if (row === undefined) return undefined
  await recordTurn(database, row.organization_id, now)
  const { is_taken_over: isTakenOver, ...task } = row
  return { ...task, isTakenOver, claim: { taskId: row.id, leaseId } }
}

/** Throws LeaseLost when the task is no longer ours. Answers its state: it may be cancelled meanwhile. */
export async function renewLease(
  scope: OrganizationScope,
  claim: Claim,
  until: Date,
): Promise<TaskState> {
  const row = await scope
    .updateTable('export_tasks')
    .set({ lease_until: until })
    .where('id', '=', claim.taskId)
    .where('lease_id', '=', claim.leaseId)
    .returning('status')
    .executeTakeFirst()
  if (row === undefined) throw new LeaseLost()
  return row.status
}

/**
 * Gives the task back, to be taken by anyone from `availableAt` on; absent: from when it could be already. One that
 * somebody has cancelled meanwhile keeps what the cancellation wrote, so that it is ended at once.
 */
export async function releaseTask(
  scope: OrganizationScope,
  { claim, status }: ClaimedTask,
  left: { availableAt?: Date; failures?: number; gaveWay?: boolean; entry?: LogEntry } = {},
): Promise<void> {
  const { availableAt, failures, gaveWay, entry } = left
  await scope.transaction(async (tx) => {
    const now = await lockTask(tx, claim.taskId)
    if (now?.status === 'CANCELLING' && status !== 'CANCELLING') return update(tx, claim, noLease)
    const change = {
      ...noLease,
      ...(availableAt && { available_at: availableAt }),
      ...(failures !== undefined && { failures }),
      ...(gaveWay && { gave_way: true }),
    }
    await write(tx, claim, { change, entry })
  })
}

/** Everything before the task's end was stored at the watermark; its files are pinned in the same transaction. */
export function recordWatermark(
  tx: OrganizationScope,
  claim: Claim,
  watermark: Date,
): Promise<void> {
  return write(tx, claim, { change: { watermark } })
}

/** One that goes on where it gave way is in the midst of its attempt: nothing of that is told. */
export function startAttempt(
  scope: OrganizationScope,
  task: ClaimedTask,
  begun: { at: Date; filesDelivered: number; filesTotal: number },
): Promise<void> {
  const { at, filesDelivered, filesTotal } = begun
  const started = { status: 'STARTED', gave_way: false } as const
  if (task.gave_way) return write(scope, task.claim, { change: started })
  const attempts = task.attempts + 1
  const message =
    (task.isTakenOver ? 'The worker that had the task died or was cut off. ' : '') +
    `Attempt ${attempts} begins: ${filesDelivered} of ${filesTotal} files are delivered.`
  return write(scope, task.claim, {
    change: { ...started, started_at: task.started_at ?? at, attempts },
    entry: { at, event: 'ATTEMPT', message },
  })
}

export function finishTask(scope: OrganizationScope, claim: Claim, at: Date): Promise<void> {
  return write(scope, claim, {
    change: { status: 'FINISHED', finished_at: at, ...noLease },
    entry: { at, event: 'FINISHED', message: 'Every file and the manifest are in the bucket.' },
    told: { type: 'export.finished', data: { exportTaskId: claim.taskId } },
  })
}

export function failTask(
  scope: OrganizationScope,
  claim: Claim,
  failed: { at: Date; error: TaskError; note?: string },
): Promise<void> {
  const { at, error, note } = failed
  const messages = [`${error.code}: ${error.message}`, ...(note === undefined ? [] : [note])]
  return write(scope, claim, {
    change: {
      status: 'ERROR',
      finished_at: at,
      error_code: error.code,
      error_message: error.message,
      error_remedy: error.remedy,
      ...noLease,
    },
    entry: { at, event: 'FAILED', message: messages.join(' ') },
    told: { type: 'export.failed', data: { exportTaskId: claim.taskId, code: error.code } },
  })
}

/** Nothing of it is under way any more. */
export function settleCancel(
  scope: OrganizationScope,
  claim: Claim,
  cancelled: { at: Date; message: string },
): Promise<void> {
  const { at, message } = cancelled
  return write(scope, claim, {
    change: { status: 'CANCELLED', finished_at: at, ...noLease },
    entry: { at, event: 'CANCELLED', message },
  })
}

/** After a delivered file the budget of failures is whole again. */
export function clearFailures(tx: OrganizationScope, claim: Claim): Promise<void> {
  return write(tx, claim, { change: { failures: 0 } })
}

const noLease = { lease_id: null, lease_until: null }

type TaskChange = Partial<
  Pick<
    Selectable<ExportTaskRow>,
    | 'status'
    | 'started_at'
    | 'finished_at'
    | 'watermark'
    | 'error_code'
    | 'error_message'
    | 'error_remedy'
    | 'available_at'
    | 'lease_id'
    | 'lease_until'
    | 'failures'
    | 'attempts'
    | 'gave_way'
  >
>

interface Written {
  change: TaskChange
  entry?: LogEntry | undefined
  /** To webhooks; with an entry. */
  told?: WebhookEvent
}

/** While the lease is ours, and to a state only along the table of moves. */
async function write(
  scope: OrganizationScope,
  claim: Claim,
  { change, entry, told }: Written,
): Promise<void> {
  if (entry === undefined) return update(scope, claim, change)
  await scope.transaction(async (tx) => {
    await update(tx, claim, change)
    await writeLog(tx, claim.taskId, entry)
    if (told !== undefined) await enqueueEvent(tx, told)
  })
}

async function update(scope: OrganizationScope, claim: Claim, change: TaskChange): Promise<void> {
  const ours = scope
    .updateTable('export_tasks')
    .set(change)
    .where('id', '=', claim.taskId)
    .where('lease_id', '=', claim.leaseId)
  const { status } = change
  const moved = status === undefined ? ours : ours.where('status', 'in', statesBefore(status))
  const { numUpdatedRows } = await moved.executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw new LeaseLost()
}
