import { type Clock, type Database, type OrganizationScope, openScope } from '#database'
import { startPolling } from '#polling'
import type { Deletions, PersonRef, Samples } from '#samples'
import type { Telemetry } from '#telemetry'
import {
  type ClaimedDeletion,
  claimDeletion,
  endDeletion,
  keepLease,
  markDeleted,
  type Pending,
  recordRows,
  releaseDeletion,
} from './claim.ts'

const columns = {
  USER_ID: 'user_id',
  CUSTOM_USER_ID: 'custom_user_id',
  IMPRESSION_ID: 'impression_id',
} as const

/** Carries a deletion to its end, from wherever an earlier try broke off. One that fails is given back. */
export async function carryOut(
  deletions: Deletions,
  scope: OrganizationScope,
  { claimed, signal }: { claimed: ClaimedDeletion; signal?: AbortSignal },
): Promise<void> {
  using _lease = keepLease(scope, claimed)
  const personOf = (licenseKey: string): PersonRef => ({
    ...{ licenseKey, by: columns[claimed.type], id: claimed.subject },
  })
  const deleteRecorded = async ({ licenseKey, rows }: Pending) => {
    signal?.throwIfAborted()
    const { deletedBefore } = await deletions.delete(personOf(licenseKey), rows)
    await markDeleted(scope, claimed, { licenseKey, deletedBefore })
  }
  try {
    if (claimed.pending !== undefined) await deleteRecorded(claimed.pending)
    for (const licenseKey of claimed.licenseKeys)
      for (;;) {
        const rows = await deletions.find(personOf(licenseKey))
        if (rows === undefined) break
        await recordRows(scope, claimed, { licenseKey, rows })
        await deleteRecorded({ licenseKey, rows })
      }
    const { deletedBefore } = await deletions.finish(claimed.licenseKeys, signal)
    await endDeletion(scope, claimed, deletedBefore)
  } catch (error) {
    const isStopping = signal?.aborted ?? false
    // Without the database its lease ends by itself.
    await releaseDeletion(scope, claimed, { isStopping }).catch(() => {})
    throw error
  }
}

interface DeletionParts {
  database: Database
  clock: Clock
  samples: Pick<Samples, 'deletions'>
  telemetry: Pick<Telemetry, 'log'>
}

/** How often a process looks for a deletion that broke off. */
const POLL_MS = 5_000

/** Goes on with deletions that broke off, whichever process began them, until it is closed. */
export function startDeletions(
  parts: DeletionParts,
  options: { pollMs?: number | undefined } = {},
): AsyncDisposable {
  const { pollMs = POLL_MS } = options
  const { log } = parts.telemetry
  const round = async (signal: AbortSignal) => {
    while (await goOnWithNext(parts, signal)) signal.throwIfAborted()
  }
  const onFault = (error: unknown) => log.warn({ error }, 'a deletion did not go on')
  return startPolling(round, { pollMs, onFault })
}

/** False when no deletion waits for anybody. */
async function goOnWithNext(parts: DeletionParts, signal: AbortSignal): Promise<boolean> {
  const { database, clock, samples } = parts
  const now = clock.now()
  const next = await database.db
    .selectFrom('privacy_deletions')
    .select(['id', 'organization_id'])
    .where('status', '=', 'STARTED')
    .where('subject', 'is not', null)
    .where((or) => or.or([or('lease_until', 'is', null), or('lease_until', '<=', now)]))
    .orderBy('created_at')
    .executeTakeFirst()
  if (next === undefined) return false
  const scope = openScope(database, next.organization_id, clock)
  const claimed = await claimDeletion(scope, next.id)
  if (claimed !== undefined) await carryOut(samples.deletions, scope, { claimed, signal })
  return true
}
