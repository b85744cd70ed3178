import { createHash, randomUUID } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import type { OrganizationScope } from '#database'
import type { HeldRows } from '#exports'
import type { PersonRows } from '#samples'
import type { NewDeletion } from './privacy.ts'
import type { PrivacyDeletionRow, SubjectType } from './rows.ts'

export interface Deletion {
  id: string
  type: SubjectType
  subjectSha256: string
  licenseKey: string | undefined
  reference: string | undefined
  status: 'STARTED' | 'FINISHED'
  createdAt: Date
  finishedAt: Date | undefined
  samples: number
  ads: number
  errorDetails: number
}

/** The id of a new record, or of the one that the same deletion left unfinished. */
export async function beginDeletion(
  scope: OrganizationScope,
  { type, id: subject, ...input }: NewDeletion,
): Promise<string> {
  const licenseKey = input.licenseKey ?? null
  const unfinished = await scope
    .selectFrom('privacy_deletions')
    .selectAll('privacy_deletions')
    .where('status', '=', 'STARTED')
    .where('type', '=', type)
    .where('license_key', licenseKey === null ? 'is' : '=', licenseKey)
    .execute()
  const same = unfinished.find(({ id, subject_sha256 }) => subject_sha256 === hashOf(id, subject))
  if (same !== undefined) return same.id
  const id = randomUUID()
  await scope
    .insertInto('privacy_deletions', {
      id,
      type,
      subject_sha256: hashOf(id, subject),
      license_key: licenseKey,
      reference: input.reference ?? null,
      status: 'STARTED',
      created_at: scope.clock.now(),
      finished_at: null,
    })
    .execute()
  return id
}

/** Salted, so that a list of ids does not tell whose record it is. */
function hashOf(recordId: string, subject: string): string {
  return createHash('sha256').update(`${recordId} ${subject}`).digest('hex')
}

/** Before they go: were it to break off in between, nothing would say where they were. */
export function recordRows(
  scope: OrganizationScope,
  found: { deletionId: string; licenseKey: string; rows: PersonRows },
): Promise<void> {
  const { deletionId, licenseKey, rows } = found
  return scope.transaction(async (tx) => {
    for (const held of rows.hours)
      await tx
        .insertInto('privacy_deletion_hours', {
          deletion_id: deletionId,
          license_key: licenseKey,
          type: held.type,
          hour: held.hour,
          first_time: held.firstTime,
          last_time: held.lastTime,
          stored_from: held.storedFrom,
          deleted_before: null,
        })
        .onConflict((conflict) =>
          conflict
            .columns(['deletion_id', 'license_key', 'type', 'hour', 'stored_from'])
            .doUpdateSet({
              first_time: sql`least(privacy_deletion_hours.first_time, excluded.first_time)`,
              last_time: sql`greatest(privacy_deletion_hours.last_time, excluded.last_time)`,
              deleted_before: null,
            }),
        )
        .execute()
    await tx
      .updateTable('privacy_deletions')
      .set((eb) => ({
        sample_count: eb('sample_count', '+', rows.samples),
        ad_count: eb('ad_count', '+', rows.ads),
        error_detail_count: eb('error_detail_count', '+', rows.errorDetails),
      }))
      .where('id', '=', deletionId)
      .execute()
  })
}

export async function markDeleted(
  scope: OrganizationScope,
  deleted: { deletionId: string; licenseKey?: string; deletedBefore: Date },
): Promise<void> {
  const { deletionId, licenseKey, deletedBefore } = deleted
  const hours = scope
    .updateTable('privacy_deletion_hours')
    .set({ deleted_before: deletedBefore })
    .where('deletion_id', '=', deletionId)
    .where('deleted_before', 'is', null)
  await (licenseKey === undefined ? hours : hours.where('license_key', '=', licenseKey)).execute()
}

/** Hours that an attempt recorded which then broke off are settled now. */
export function endDeletion(
  scope: OrganizationScope,
  ended: { deletionId: string; deletedBefore: Date },
): Promise<void> {
  return scope.transaction(async (tx) => {
    await markDeleted(tx, ended)
    await tx
      .updateTable('privacy_deletions')
      .set({ status: 'FINISHED', finished_at: scope.clock.now() })
      .where('id', '=', ended.deletionId)
      .where('status', '=', 'STARTED')
      .execute()
  })
}

export async function readHeldRows(scope: OrganizationScope, id: string): Promise<HeldRows[]> {
  const rows = await scope
    .selectFrom('privacy_deletion_hours')
    .selectAll()
    .where('deletion_id', '=', id)
    .execute()
  return rows.map((row) => ({
    licenseKey: row.license_key,
    type: row.type,
    hour: row.hour,
    firstTime: row.first_time,
    lastTime: row.last_time,
    storedFrom: row.stored_from,
    deletedBefore: row.deleted_before ?? undefined,
  }))
}

export function deletionOf(row: Selectable<PrivacyDeletionRow>): Deletion {
  return {
    id: row.id,
    type: row.type,
    subjectSha256: row.subject_sha256,
    licenseKey: row.license_key ?? undefined,
    reference: row.reference ?? undefined,
    status: row.status,
    createdAt: row.created_at,
    finishedAt: row.finished_at ?? undefined,
    samples: row.sample_count,
    ads: row.ad_count,
    errorDetails: row.error_detail_count,
  }
}
