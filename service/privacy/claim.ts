import { randomUUID } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import type { OrganizationScope } from '#database'
import { TransientError } from '#errors'
import type { PersonRows } from '#samples'
import type { PendingJson, PrivacyDeletionRow, SubjectType } from './rows.ts'

/** A deletion that one process carries out. A write of a process that has lost its lease has no effect. */
export interface ClaimedDeletion {
  id: string
  leaseId: string
  type: SubjectType
  subject: string
  licenseKeys: string[]
  pending: Pending | undefined
}

/** Rows that are recorded and counted, and may not be gone yet. */
export interface Pending {
  licenseKey: string
  rows: PersonRows
}

const LEASE_MS = 30_000
const RENEWAL_MS = 5_000
/** Whoever finds unfinished deletions leaves one that failed alone for so long. */
const AGAIN_MS = 30_000

/** Undefined: it is FINISHED, or another process is at it. */
export async function claimDeletion(
  scope: OrganizationScope,
  id: string,
): Promise<ClaimedDeletion | undefined> {
  const now = scope.clock.now()
  const row = await scope
    .updateTable('privacy_deletions')
    .set({ lease_id: randomUUID(), lease_until: new Date(now.getTime() + LEASE_MS) })
    .where('id', '=', id)
    .where('status', '=', 'STARTED')
    .where('subject', 'is not', null)
    .where((or) => or.or([or('lease_id', 'is', null), or('lease_until', '<=', now)]))
    .returningAll()
    .executeTakeFirst()
  return row && claimedOf(row)
}

function claimedOf(row: Selectable<PrivacyDeletionRow>): ClaimedDeletion {
  const { id, lease_id, type, subject, license_keys, pending } = row
  return {
    id,
    leaseId: lease_id ?? '',
    type,
    subject: subject ?? '',
    licenseKeys: license_keys ?? [],
    pending: pending === null ? undefined : readPending(pending),
  }
}

function readPending({ licenseKey, rows }: PendingJson): Pending {
  const hours = rows.hours.map((held) => ({
    ...held,
    hour: new Date(held.hour),
    firstTime: new Date(held.firstTime),
    lastTime: new Date(held.lastTime),
    storedFrom: new Date(held.storedFrom),
  }))
  return { licenseKey, rows: { ...rows, hours } }
}

/** As long as the work takes. A renewal that fails is followed by the next. */
export function keepLease(scope: OrganizationScope, claimed: ClaimedDeletion): Disposable {
  const renew = () => {
    const until = new Date(scope.clock.now().getTime() + LEASE_MS)
    update(scope, claimed, { lease_until: until }).catch(() => {})
  }
  const timer = setInterval(renew, RENEWAL_MS)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** Gives it back: to who asks for it at once, to who looks for unfinished ones after a pause. */
export function releaseDeletion(
  scope: OrganizationScope,
  claimed: ClaimedDeletion,
  { isStopping }: { isStopping: boolean },
): Promise<void> {
  const againAt = new Date(scope.clock.now().getTime() + (isStopping ? 0 : AGAIN_MS))
  return update(scope, claimed, { lease_id: null, lease_until: againAt })
}

/** Before they go: were it to break off in between, nothing would say where they were. */
export function recordRows(
  scope: OrganizationScope,
  claimed: ClaimedDeletion,
  { licenseKey, rows }: Pending,
): Promise<void> {
  return scope.transaction(async (tx) => {
    await update(tx, claimed, { pending: JSON.stringify({ licenseKey, rows }) })
    await tx
      .updateTable('privacy_deletions')
      .set((eb) => ({
        sample_count: eb('sample_count', '+', rows.samples),
        ad_count: eb('ad_count', '+', rows.ads),
        error_detail_count: eb('error_detail_count', '+', rows.errorDetails),
      }))
      .where('id', '=', claimed.id)
      .execute()
    for (const held of rows.hours)
      await tx
        .insertInto('privacy_deletion_hours', {
          deletion_id: claimed.id,
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
  })
}

export function markDeleted(
  scope: OrganizationScope,
  claimed: ClaimedDeletion,
  { licenseKey, deletedBefore }: { licenseKey: string; deletedBefore: Date },
): Promise<void> {
  return scope.transaction(async (tx) => {
    await update(tx, claimed, { pending: null })
    await markHours(tx, claimed, deletedBefore).where('license_key', '=', licenseKey).execute()
  })
}

/** From here on nothing says whose it was but the hash. */
export function endDeletion(
  scope: OrganizationScope,
  claimed: ClaimedDeletion,
  deletedBefore: Date,
): Promise<void> {
  const over = { status: 'FINISHED', finished_at: scope.clock.now() } as const
  const forgotten = { subject: null, license_keys: null, lease_id: null, lease_until: null }
  return scope.transaction(async (tx) => {
    await update(tx, claimed, { ...over, ...forgotten })
    await markHours(tx, claimed, deletedBefore).execute()
  })
}

function markHours(tx: OrganizationScope, { id }: ClaimedDeletion, deletedBefore: Date) {
  return tx
    .updateTable('privacy_deletion_hours')
    .set({ deleted_before: deletedBefore })
    .where('deletion_id', '=', id)
    .where('deleted_before', 'is', null)
}

type Change = Partial<
  Pick<
    Selectable<PrivacyDeletionRow>,
    'status' | 'finished_at' | 'subject' | 'lease_id' | 'lease_until'
  >
> & { license_keys?: null; pending?: string | null }

/** Throws TransientError when another process has the deletion by now. */
async function update(
  scope: OrganizationScope,
  claimed: ClaimedDeletion,
  change: Change,
): Promise<void> {
  const { numUpdatedRows } = await scope
    .updateTable('privacy_deletions')
    .set(change)
    .where('id', '=', claimed.id)
    .where('lease_id', '=', claimed.leaseId)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n)
    throw new TransientError('WORK_INTERRUPTED', 'Another process goes on with the deletion.')
}
