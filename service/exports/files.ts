import { type RawBuilder, type Selectable, sql } from 'kysely'
import { type OrganizationScope, readPage } from '#database'
import { type Claim, clearFailures, LeaseLost } from './lease.ts'
import type { ExportFileRow, PinnedJson } from './rows.ts'
import { unfinishedStates } from './status.ts'

/**
 * Durable per file: planned; the id of a multipart upload before its first part; claimed with size and hashes
 * before a request that may store the object; delivered. Anything else may be lost and is done again.
 */
export type TaskFile = Selectable<ExportFileRow>

interface FileClaim {
  rows: number
  bytes: number
  sha256: string
  md5: string
  firstTime: Date | undefined
  lastTime: Date | undefined
}

/** All of a task's files in order, the manifest last. */
export function listFiles(scope: OrganizationScope, taskId: string): Promise<TaskFile[]> {
  return selectFiles(scope, taskId).execute()
}

/** A page of them. */
export async function pageFiles(
  scope: OrganizationScope,
  taskId: string,
  page: { offset: number; limit: number },
): Promise<{ items: TaskFile[]; totalCount: number }> {
  const { rows, totalCount } = await readPage(selectFiles(scope, taskId), page)
  return { items: rows, totalCount }
}

function selectFiles(scope: OrganizationScope, taskId: string) {
  return scope
    .selectFrom('export_files')
    .selectAll('export_files')
    .where('task_id', '=', taskId)
    .orderBy('position')
}

/** Whether a task's manifest may be in the bucket, and whether uploads of it may be open. */
export async function findSending(
  tx: OrganizationScope,
  taskId: string,
): Promise<{ isManifestSent: boolean; hasUploads: boolean }> {
  const row = await tx
    .selectFrom('export_files')
    .select([
      sql<boolean | null>`bool_or(start_time is null and claimed_at is not null)`.as('manifest'),
      sql<boolean | null>`bool_or(upload_ids <> '[]')`.as('uploads'),
    ])
    .where('task_id', '=', taskId)
    .executeTakeFirst()
  return { isManifestSent: row?.manifest === true, hasUploads: row?.uploads === true }
}

/** Stores what each hour's file will be read from, so that a repeat reads the same. */
export async function pinFiles(
  tx: OrganizationScope,
  taskId: string,
  pinned: { position: number; hour: PinnedJson }[],
): Promise<void> {
  const given = sql<{
    position: number
    hour: string
  }>`jsonb_to_recordset(${JSON.stringify(pinned)}::jsonb)`
  await tx
    .updateTable('export_files')
    .from(given.as<'given'>(sql`given(position integer, hour jsonb)`))
    .set(({ ref }) => ({ pinned: ref('given.hour') }))
    .where('task_id', '=', taskId)
    .whereRef('export_files.position', '=', 'given.position')
    .execute()
}

/** A file of which nothing was sent yet will be read from another snapshot. */
export async function pinFileAgain(
  scope: OrganizationScope,
  claim: Claim,
  pinned: { position: number; hour: PinnedJson },
): Promise<void> {
  await update(scope, claim, pinned.position, { pinned: JSON.stringify(pinned.hour) })
}

/** A task that is being cancelled claims nothing more. */
export async function claimFile(
  scope: OrganizationScope,
  claim: Claim,
  claimed: { position: number; at: Date; file: FileClaim },
): Promise<void> {
  const { file } = claimed
  const change = {
    row_count: file.rows,
    bytes: file.bytes,
    sha256: file.sha256,
    md5: file.md5,
    first_time: file.firstTime ?? null,
    last_time: file.lastTime ?? null,
    claimed_at: claimed.at,
  }
  await update(scope, claim, claimed.position, change, { isNew: true })
}

/** Nothing that was sent under it can be in the bucket: the next attempt is a first one, and overwrites nothing. */
export function endClaim(scope: OrganizationScope, claim: Claim, position: number): Promise<void> {
  return update(scope, claim, position, { claimed_at: null })
}

export function recordUploads(
  scope: OrganizationScope,
  claim: Claim,
  uploads: { position: number; uploadIds: string[] },
): Promise<void> {
  return update(scope, claim, uploads.position, { upload_ids: JSON.stringify(uploads.uploadIds) })
}

export function markDelivered(
  scope: OrganizationScope,
  claim: Claim,
  delivered: { position: number; at: Date; uploadIds: string[] },
): Promise<void> {
  return scope.transaction(async (tx) => {
    await update(tx, claim, delivered.position, {
      delivered_at: delivered.at,
      upload_ids: JSON.stringify(delivered.uploadIds),
      attempts: sql`attempts + 1`,
    })
    await clearFailures(tx, claim)
  })
}

/** Why an attempt at a file has failed, for people. */
export function recordFailure(
  scope: OrganizationScope,
  claim: Claim,
  failed: { position: number; code: string; message: string },
): Promise<void> {
  const { position, code, message } = failed
  return update(scope, claim, position, {
    error_code: code,
    error_message: message,
    attempts: sql`attempts + 1`,
  })
}

type FileChange = Partial<
  Pick<
    Selectable<ExportFileRow>,
    | 'row_count'
    | 'bytes'
    | 'sha256'
    | 'md5'
    | 'first_time'
    | 'last_time'
    | 'claimed_at'
    | 'delivered_at'
    | 'error_code'
    | 'error_message'
  >
> & { upload_ids?: string; pinned?: string; attempts?: RawBuilder<number> }

/**
 * Only while the lease is ours: a worker that lost it must not touch what another one writes. The task's
 * row is locked: either it is cancelled before its manifest is claimed, or not at all.
 */
async function update(
  scope: OrganizationScope,
  claim: Claim,
  position: number,
  change: FileChange,
  { isNew = false } = {},
): Promise<void> {
  const { numUpdatedRows } = await scope
    .updateTable('export_files')
    .set(change)
    .where('task_id', '=', claim.taskId)
    .where('position', '=', position)
    .where('task_id', 'in', (eb) =>
      eb
        .selectFrom('export_tasks')
        .select('id')
        .where('id', '=', claim.taskId)
        .where('lease_id', '=', claim.leaseId)
        .$if(isNew, (tasks) => tasks.where('status', '!=', 'CANCELLING'))
        .forUpdate(),
    )
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw new LeaseLost()
}

/**
 * What this organization's other tasks tell of the object under a file's key. `delivered`: the last of
 * them to deliver there sent the same bytes, and none may have sent others since. `underway`: one is sending them
 * now. `abandoned`: one ended while it sent them, and met nobody else's object.
 */
export async function findTwin(
  scope: OrganizationScope,
  file: TaskFile,
): Promise<'delivered' | 'underway' | 'abandoned' | undefined> {
  const others = await scope
    .selectFrom('export_files')
    .innerJoin('export_tasks', (join) =>
      join
        .onRef('export_tasks.id', '=', 'export_files.task_id')
        .onRef('export_tasks.organization_id', '=', 'export_files.organization_id'),
    )
    .select(['export_files.sha256', 'export_files.delivered_at'])
    .select(['export_tasks.status', 'export_tasks.error_code', 'export_tasks.finished_at'])
    .where('export_files.bucket_name', '=', file.bucket_name)
    .where('export_files.object_key', '=', file.object_key)
    .where('export_files.task_id', '!=', file.task_id)
    .where('export_files.claimed_at', 'is not', null)
    .orderBy(sql`export_files.delivered_at desc nulls last`)
    .execute()
  const [last] = others
  if (last === undefined) return undefined
  const { delivered_at: deliveredAt } = last
  const same = others.filter(({ sha256 }) => sha256 === file.sha256)
  if (deliveredAt !== null) {
    const mayBeLater = others.some(
      ({ sha256, delivered_at, finished_at }) =>
        sha256 !== file.sha256 &&
        delivered_at === null &&
        (finished_at === null || finished_at >= deliveredAt),
    )
    return last.sha256 === file.sha256 && !mayBeLater ? 'delivered' : undefined
  }
  if (same.some(({ status }) => unfinishedStates.includes(status))) return 'underway'
  return same.some(({ error_code }) => error_code !== 'OBJECT_EXISTS') ? 'abandoned' : undefined
}
