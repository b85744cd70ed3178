import { randomUUID } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import type { Database, OrganizationScope } from '#database'
import { enqueueEvent, type WebhookEvent } from '#webhooks'
import { type LogEntry, writeLog } from './log.ts'
import type { ExportTaskRow } from './rows.ts'
import { statesBefore, type TaskState, unfinishedStates } from './status.ts'
import type { TaskError } from './task-error.ts'

/**
 * A task is claimed from its own table: the row is the queue, its status, and the lease of the one worker
 * that may write to it. Every write below carries the lease, so a worker that lost it changes nothing.
 */
export interface Claim {
  readonly taskId: string
  readonly leaseId: string
}

export type ClaimedTask = Selectable<ExportTaskRow> & { readonly claim: Claim }

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
  /** Of all workers together. Claims of the same instant may go beyond it by one another. */
  tasksAtOnce?: { perBucket: number; perRole: number }
}

/** A task sends up to a dozen requests at once; a role that many share is asked by STS for each. */
const tasksAtOnceDefault = { perBucket: 8, perRole: 8 }

/**
 * Takes the next task of any organization; undefined when there is nothing to do. One that is to be stopped
 * comes first. Else it is the turn of the organization with the fewest tasks under way, and of those the one
 * that has waited longest for a turn; of its tasks, the one that has waited longest.
 */
export async function claimTask(
  database: Database,
  options: ClaimOptions,
): Promise<ClaimedTask | undefined> {
  const { now, leaseMs, workerId = null } = options
  const leaseId = randomUUID()
  const row = await database.db
    .updateTable('export_tasks')
    .set({
      lease_id: leaseId,
      lease_until: new Date(now.getTime() + leaseMs),
      worker_id: workerId,
    })
    .where('id', '=', nextTask(options))
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) return undefined
  await database.db
    .insertInto('export_turns')
    .values({ organization_id: row.organization_id, claimed_at: now })
    .onConflict((conflict) => conflict.column('organization_id').doUpdateSet({ claimed_at: now }))
    .execute()
  return { ...row, claim: { taskId: row.id, leaseId } }
}

function nextTask({ now, tasksAtOnce = tasksAtOnceDefault }: ClaimOptions) {
  const states = sql.join(unfinishedStates.map((state) => sql.lit(state)))
  const underway = (column: string) => sql`(
    select ${sql.ref(column)}, count(*) as tasks from export_tasks
    where status in (${states}) and lease_until > ${now} group by 1)`
  return sql<string>`(
    select task.id from export_tasks task
    left join ${underway('organization_id')} own on own.organization_id = task.organization_id
    left join ${underway('bucket_name')} bucket on bucket.bucket_name = task.bucket_name
    left join ${underway('role_arn')} role on role.role_arn = task.role_arn
    left join export_turns turn on turn.organization_id = task.organization_id
    where task.status in (${states}) and task.available_at <= ${now}
      and (task.lease_until is null or task.lease_until <= ${now})
      and coalesce(bucket.tasks, 0) < ${tasksAtOnce.perBucket}
      and coalesce(role.tasks, 0) < ${tasksAtOnce.perRole}
    order by task.status = 'CANCELLING' desc, coalesce(own.tasks, 0),
      turn.claimed_at nulls first, task.available_at, task.created_at
    limit 1 for update of task skip locked)`
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

/** Gives the task back, to be taken from `availableAt` on by anyone. */
export function releaseTask(
  scope: OrganizationScope,
  claim: Claim,
  left: { availableAt: Date; failures?: number; entry?: LogEntry },
): Promise<void> {
  const { availableAt, failures, entry } = left
  const change = {
    ...noLease,
    available_at: availableAt,
    ...(failures !== undefined && { failures }),
  }
  return write(scope, claim, { change, entry })
}

/** Everything before the task's end was stored at the watermark; its files are pinned in the same transaction. */
export function recordWatermark(
  tx: OrganizationScope,
  claim: Claim,
  watermark: Date,
): Promise<void> {
  return write(tx, claim, { change: { watermark } })
}

export function startAttempt(
  scope: OrganizationScope,
  task: ClaimedTask,
  begun: { at: Date; filesDelivered: number; filesTotal: number },
): Promise<void> {
  const { at, filesDelivered, filesTotal } = begun
  const attempts = task.attempts + 1
  const message = `Attempt ${attempts} begins: ${filesDelivered} of ${filesTotal} files are delivered.`
  return write(scope, task.claim, {
    change: { status: 'STARTED', started_at: task.started_at ?? at, attempts },
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
