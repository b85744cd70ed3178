/**
 * A person's data leaves the store, and a record stays: when, how much, and which exported files held it. The
 * record has no id of the person once it is FINISHED, only a hash of it.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { isUuid, type OrganizationScope, readPage } from '#database'
import { notFound, TransientError } from '#errors'
import { findHoldingFiles, type HoldingFile } from '#exports'
import { getLicenses, listLicenseKeys } from '#licenses'
import type { Samples } from '#samples'
import { carryOut } from './carry-out.ts'
import { claimDeletion } from './claim.ts'
import { beginDeletion, type Deletion, deletionOf, readHeldRows } from './records.ts'
import type { SubjectType } from './rows.ts'

export { startDeletions } from './carry-out.ts'
export type { Deletion } from './records.ts'
export { privacyRoutes } from './routes.ts'

export interface NewDeletion {
  type: SubjectType
  id: string
  /** Of a license or a virtual license; absent: all of the organization's. */
  licenseKey: string | undefined
  /** The caller's own, such as the number of a request. */
  reference: string | undefined
}

/** A request waits so long for a process that is at the same deletion. */
const WAIT_MS_MAX = 600_000
const WAIT_PAUSE_MS = 500

/**
 * Resolves when nothing is kept of the person and every closed hour that lost rows is closed anew. One that breaks
 * off is carried to its end under its own record, by startDeletions or by the same request again, whichever is
 * first. Throws NOT_FOUND for a license of someone else.
 */
export async function deletePerson(
  samples: Pick<Samples, 'deletions'>,
  scope: OrganizationScope,
  input: NewDeletion,
): Promise<Deletion> {
  const licenseKeys =
    input.licenseKey === undefined
      ? await listLicenseKeys(scope)
      : (await getLicenses(scope, input.licenseKey)).map(({ licenseKey }) => licenseKey)
  const id = await beginDeletion(scope, { ...input, licenseKeys })
  const deadlineMs = performance.now() + WAIT_MS_MAX
  for (;;) {
    const claimed = await claimDeletion(scope, id)
    if (claimed !== undefined) await carryOut(samples.deletions, scope, { claimed })
    const deletion = await getDeletion(scope, id)
    if (deletion.status === 'FINISHED') return deletion
    if (performance.now() > deadlineMs) throw stillAtWork(id)
    await pause(WAIT_PAUSE_MS)
  }
}

function stillAtWork(id: string): TransientError {
  return new TransientError(
    'SAMPLES_UNAVAILABLE',
    `The deletion ${id} is still at work. It goes on by itself; its record says when it is FINISHED.`,
  )
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
