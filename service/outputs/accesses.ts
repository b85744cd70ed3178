import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import { type Database, type OrganizationScope, readPage } from '#database'
import type { RoleAccess } from '#delivery'
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

/** Of all organizations. */
export async function removeOldAccesses(database: Database, now: Date): Promise<void> {
  const oldest = new Date(now.getTime() - ACCESSES_KEPT_DAYS * 24 * 3_600_000)
  await database.db.deleteFrom('role_accesses').where('at', '<', oldest).execute()
}

export interface OutputAccess extends RoleAccess {
  readonly id: string
  readonly taskId: string | undefined
}

/** Every use of the output's role, the newest first. Throws NOT_FOUND. */
export async function listAccesses(
  scope: OrganizationScope,
  outputId: string,
  page: { offset: number; limit: number },
): Promise<{ items: OutputAccess[]; totalCount: number }> {
  await getOutput(scope, outputId)
  const query = scope
    .selectFrom('role_accesses')
    .where('output_id', '=', outputId)
    .selectAll()
    .orderBy('at', 'desc')
    .orderBy('id')
  const { rows, totalCount } = await readPage(query, page)
  return { items: rows.map(accessOf), totalCount }
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
