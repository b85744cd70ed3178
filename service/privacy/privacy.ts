/**
 * A person's data leaves the store, and a record stays: when, how much, and which exported files held it. The
 * record has no id of the person, only a hash of it.
 */
import { isUuid, type OrganizationScope, readPage } from '#database'
import { notFound } from '#errors'
import { findHoldingFiles, type HoldingFile } from '#exports'
import { getLicenses, listLicenseKeys } from '#licenses'
import type { PersonRef, Samples } from '#samples'
import {
  beginDeletion,
  type Deletion,
  deletionOf,
  endDeletion,
  markDeleted,
  readHeldRows,
  recordRows,
} from './records.ts'
import type { SubjectType } from './rows.ts'

export type { Deletion } from './records.ts'
export { privacyRoutes } from './routes.ts'
export type { SubjectType } from './rows.ts'

export interface NewDeletion {
  type: SubjectType
  id: string
  /** Of a license or a virtual license; absent: all of the organization's. */
  licenseKey: string | undefined
  /** The caller's own, such as the number of a request. */
  reference: string | undefined
}

const columns = {
  USER_ID: 'user_id',
  CUSTOM_USER_ID: 'custom_user_id',
  IMPRESSION_ID: 'impression_id',
} as const

/**
 * Resolves when nothing is kept of the person and every closed hour that lost rows is closed anew. One that broke
 * off goes on under its own record. Throws NOT_FOUND for a license of someone else.
 */
export async function deletePerson(
  samples: Pick<Samples, 'openDeletions'>,
  scope: OrganizationScope,
  input: NewDeletion,
): Promise<Deletion> {
  const licenseKeys =
    input.licenseKey === undefined
      ? await listLicenseKeys(scope)
      : (await getLicenses(scope, input.licenseKey)).map(({ licenseKey }) => licenseKey)
  const deletionId = await beginDeletion(scope, input)
  const deletions = samples.openDeletions()
  for (const licenseKey of licenseKeys) {
    const person: PersonRef = { licenseKey, by: columns[input.type], id: input.id }
    for (;;) {
      const rows = await deletions.find(person)
      if (rows === undefined) break
      await recordRows(scope, { deletionId, licenseKey, rows })
      const { deletedBefore } = await deletions.delete(person, rows)
      await markDeleted(scope, { deletionId, licenseKey, deletedBefore })
    }
  }
  const { deletedBefore } = await deletions.finish()
  await endDeletion(scope, { deletionId, deletedBefore })
  return getDeletion(scope, deletionId)
}

export async function getDeletion(scope: OrganizationScope, id: string): Promise<Deletion> {
  const row = isUuid(id)
    ? await scope
        .selectFrom('privacy_deletions')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst()
    : undefined
  if (row === undefined) throw notFound('deletion', id)
  return deletionOf(row)
}

/** The newest first. */
export async function listDeletions(
  scope: OrganizationScope,
  page: { offset: number; limit: number },
): Promise<{ items: Deletion[]; totalCount: number }> {
  const query = scope
    .selectFrom('privacy_deletions')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id')
  const { rows, totalCount } = await readPage(query, page)
  return { items: rows.map(deletionOf), totalCount }
}

/** Files in the customers' buckets that hold the person's rows: nobody but the customer can delete them there. */
export async function listDeletionFiles(
  scope: OrganizationScope,
  id: string,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ items: HoldingFile[]; totalCount: number }> {
  const deletion = await getDeletion(scope, id)
  const files = await findHoldingFiles(scope, await readHeldRows(scope, deletion.id))
  return { items: files.slice(offset, offset + limit), totalCount: files.length }
}
