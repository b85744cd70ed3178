import { createHash, randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { OrganizationScope } from '#database'
import type { HeldRows } from '#exports'
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
  { type, id: subject, ...input }: NewDeletion & { licenseKeys: string[] },
): Promise<string> {
  const license_keys = JSON.stringify(input.licenseKeys)
  const licenseKey = input.licenseKey ?? null
  const unfinished = await scope
    .selectFrom('privacy_deletions')
    .selectAll('privacy_deletions')
    .where('status', '=', 'STARTED')
    .where('type', '=', type)
    .where('license_key', licenseKey === null ? 'is' : '=', licenseKey)
    .execute()
  const same = unfinished.find(({ id, subject_sha256 }) => subject_sha256 === hashOf(id, subject))
  if (same !== undefined) {
    // Of a version that went on only when it was asked again.
    await scope
      .updateTable('privacy_deletions')
      .set({ subject, license_keys })
      .where('id', '=', same.id)
      .where('status', '=', 'STARTED')
      .where('subject', 'is', null)
      .execute()
    return same.id
  }
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
      subject,
      license_keys,
    })
    .execute()
  return id
}

/** Salted, so that a list of ids does not tell whose record it is. */
function hashOf(recordId: string, subject: string): string {
  return createHash('sha256').update(`${recordId} ${subject}`).digest('hex')
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
