import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import { type Database, type OrganizationScope, readPage } from '#database'
import type { AccessAction, RoleAccess } from '#delivery'
import { getOutput } from './find-output.ts'
import type { RoleAccessRow } from './rows.ts'

/** Keeps for the customer that, when and why their role was used. */
export async function recordAccess(
  scope: OrganizationScope,
  used: { outputId: string; taskId: string | undefined; access: RoleAccess },
): Promise<void> {
  const { access, outputId, taskId } = used
  const row = {
    id: randomUUID(),
    output_id: outputId,
    task_id: taskId ?? null,
    at: access.at,
    why: access.why,
    action: access.action,
    session_name: access.sessionName,
    access_key_id: access.accessKeyId ?? null,
    object_key: access.objectKey ?? null,
    sts_request_ids: JSON.stringify(access.stsRequestIds),
    s3_request_ids: JSON.stringify(access.s3RequestIds),
    outcome: access.outcome,
  }
  await scope.insertInto('role_accesses', row).execute()
}

/** Longer than the 90 days of CloudTrail's own event history, and than a year's audit. */
export const ACCESSES_KEPT_DAYS = 400

/** One delete of more would hold its rows, and whoever waits for the database, for too long. */
const REMOVED_AT_ONCE_MAX = 5000

/** Of all organizations, the oldest first; answers whether there may be more. */
export async function removeOldAccesses(
  { db }: Database,
  now: Date,
  removedAtOnceMax = REMOVED_AT_ONCE_MAX,
): Promise<boolean> {
  const oldest = new Date(now.getTime() - ACCESSES_KEPT_DAYS * 24 * 3_600_000)
  const old = db
    .selectFrom('role_accesses')
    .select('id')
    .where('at', '<', oldest)
    .orderBy('at')
    .limit(removedAtOnceMax)
  const { numDeletedRows } = await db
    .deleteFrom('role_accesses')
    .where('id', 'in', old)
    .executeTakeFirstOrThrow()
  return numDeletedRows >= removedAtOnceMax
}

export interface OutputAccess extends RoleAccess {
  readonly id: string
  readonly taskId: string | undefined
}

/** Half-open; an end that is absent is open. */
interface AccessWindow {
  readonly from?: Date | undefined
  readonly to?: Date | undefined
}

/** Every use of the output's role in the window, the newest first. Throws NOT_FOUND. */
export async function listAccesses(
  scope: OrganizationScope,
  outputId: string,
  asked: { offset: number; limit: number } & AccessWindow,
): Promise<{ items: OutputAccess[]; totalCount: number }> {
  await getOutput(scope, outputId)
  const query = selectAccesses(scope, outputId, asked)
    .selectAll()
    .orderBy('at', 'desc')
    .orderBy('id')
  const { rows, totalCount } = await readPage(query, asked)
  return { items: rows.map(accessOf), totalCount }
}

/** How many uses of one kind ended in one way. */
export interface AccessCount {
  readonly action: AccessAction
  readonly outcome: string
  readonly count: number
  readonly lastAt: Date
}

/** Of the window, by action and outcome. Throws NOT_FOUND. */
export async function countAccesses(
  scope: OrganizationScope,
  outputId: string,
  window: AccessWindow,
): Promise<AccessCount[]> {
  await getOutput(scope, outputId)
  const rows = await selectAccesses(scope, outputId, window)
    .select(({ fn }) => ['action', 'outcome', fn.countAll().as('count'), fn.max('at').as('lastAt')])
    .groupBy(['action', 'outcome'])
    .orderBy('action')
    .orderBy('outcome')
    .execute()
  return rows.map((row) => ({ ...row, count: Number(row.count), lastAt: new Date(row.lastAt) }))
}

function selectAccesses(scope: OrganizationScope, outputId: string, { from, to }: AccessWindow) {
  let query = scope.selectFrom('role_accesses').where('output_id', '=', outputId)
  if (from !== undefined) query = query.where('at', '>=', from)
  if (to !== undefined) query = query.where('at', '<', to)
  return query
}

function accessOf(row: Selectable<RoleAccessRow>): OutputAccess {
  return {
    id: row.id,
    at: row.at,
    why: row.why,
    taskId: row.task_id ?? undefined,
    action: row.action,
    sessionName: row.session_name,
    accessKeyId: row.access_key_id ?? undefined,
    objectKey: row.object_key ?? undefined,
    stsRequestIds: row.sts_request_ids,
    s3RequestIds: row.s3_request_ids,
    outcome: row.outcome,
  }
}
