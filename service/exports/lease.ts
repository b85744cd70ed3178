import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { Database, OrganizationScope } from '#database'
import { enqueueEvent } from '#webhooks'
import type { TaskError } from './exports.ts'
import type { ExportTaskRow } from './rows.ts'
import { statusesBefore, type TaskStatus, unfinishedStatuses } from './status.ts'

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

/** Takes the task that has waited longest, of any organization; undefined when there is nothing to do. */
export async function claimTask(
  database: Database,
  options: { now: Date; leaseMs: number },
): Promise<ClaimedTask | undefined> {
  const { now, leaseMs } = options
  const leaseId = randomUUID()
  const row = await database.db
    .updateTable('export_tasks')
    .set({ lease_id: leaseId, lease_until: new Date(now.getTime() + leaseMs) })
    .where('id', '=', (eb) =>
      eb
        .selectFrom('export_tasks')
        .select('id')
        .where('status', 'in', unfinishedStatuses)
        .where('available_at', '<=', now)
        .where((or) => or.or([or('lease_until', 'is', null), or('lease_until', '<=', now)]))
        .orderBy('available_at')
        .orderBy('created_at')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .executeTakeFirst()
  return row && { ...row, claim: { taskId: row.id, leaseId } }
}

/** Throws LeaseLost when the task is no longer ours. */
export async function renewLease(
  scope: OrganizationScope,
  claim: Claim,
  until: Date,
): Promise<void> {
  await updateClaimed(scope, claim, { lease_until: until })
}

/** Gives the task back, to be taken from `availableAt` on by anyone. */
export async function releaseTask(
  scope: OrganizationScope,
  claim: Claim,
  left: { availableAt: Date; failures?: number },
): Promise<void> {
  await updateClaimed(scope, claim, {
    lease_id: null,
    lease_until: null,
    available_at: left.availableAt,
    ...(left.failures !== undefined && { failures: left.failures }),
  })
}

export function startTask(
  scope: OrganizationScope,
  claim: Claim,
  started: { at: Date; watermark: Date },
): Promise<void> {
  return move(scope, claim, {
    status: 'STARTED',
    started_at: started.at,
    watermark: started.watermark,
  })
}

export function finishTask(scope: OrganizationScope, claim: Claim, at: Date): Promise<void> {
  return scope.transaction(async (tx) => {
    await move(tx, claim, { status: 'FINISHED', finished_at: at, ...noLease })
    const data = { exportTaskId: claim.taskId }
    await enqueueEvent(tx, { type: 'export.finished', data })
  })
}

export function failTask(
  scope: OrganizationScope,
  claim: Claim,
  failed: { at: Date; error: TaskError },
): Promise<void> {
  const { code, message, remedy } = failed.error
  return scope.transaction(async (tx) => {
    await move(tx, claim, {
      status: 'ERROR',
      finished_at: failed.at,
      error_code: code,
      error_message: message,
      error_remedy: remedy,
      ...noLease,
    })
    await enqueueEvent(tx, { type: 'export.failed', data: { exportTaskId: claim.taskId, code } })
  })
}

const noLease = { lease_id: null, lease_until: null }

type TaskChange = Partial<
  Pick<
    Selectable<ExportTaskRow>,
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
  >
>

/** Compare-and-set along the table of moves. */
async function move(
  scope: OrganizationScope,
  claim: Claim,
  change: TaskChange & { status: TaskStatus },
): Promise<void> {
  const { numUpdatedRows } = await scope
    .updateTable('export_tasks')
    .set(change)
    .where('id', '=', claim.taskId)
    .where('lease_id', '=', claim.leaseId)
    .where('status', 'in', statusesBefore(change.status))
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw new LeaseLost()
}

async function updateClaimed(
  scope: OrganizationScope,
  claim: Claim,
  change: TaskChange,
): Promise<void> {
  const { numUpdatedRows } = await scope
    .updateTable('export_tasks')
    .set(change)
    .where('id', '=', claim.taskId)
    .where('lease_id', '=', claim.leaseId)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw new LeaseLost()
}

/** After a delivered file the budget of failures is whole again. */
export function clearFailures(scope: OrganizationScope, claim: Claim): Promise<void> {
  return updateClaimed(scope, claim, { failures: 0 })
}
