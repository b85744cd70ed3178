import { sql } from 'kysely'
import { asOrganizationId, type Clock, type Database, openScope } from '#database'
import type { Delivery } from '#delivery'
import { getOutput, recordAccess, removeOldAccesses, targetOf } from '#outputs'
import { startPolling } from '#polling'
import type { Telemetry } from '#telemetry'
import { removeOldCounts } from './limit.ts'
import { verdictsOf } from './verdicts.ts'

interface RecheckParts {
  database: Database
  clock: Clock
  delivery: Delivery
  telemetry: Telemetry
  principalArn: string
}

/** How often a process looks for a role whose turn it is. */
const POLL_MS = 30_000
/** So long nobody else takes a role that is being probed; more than any proof takes. */
const CLAIM_MS = 10 * 60_000
const TIMEOUT_MS = 120_000
const REMOVAL_MS = 3_600_000

/**
 * Probes every role again from time to time, by STS alone, so that one that has been opened to others is
 * found before its next export. Several processes share the work.
 */
export function startRechecks(
  parts: RecheckParts,
  options: { pollMs?: number | undefined } = {},
): AsyncDisposable {
  const { pollMs = POLL_MS } = options
  const { log } = parts.telemetry
  const removeOld = startRemoval()
  const round = async (signal: AbortSignal) => {
    while (await recheckOne(parts, signal)) signal.throwIfAborted()
    await removeOld(parts, signal)
  }
  const onFault = (error: unknown) => log.warn({ error }, 'roles were not probed again')
  return startPolling(round, { pollMs, onFault })
}

/** What is not kept any longer; once an hour is often enough. */
function startRemoval(): (parts: RecheckParts, signal: AbortSignal) => Promise<void> {
  let dueMs = 0
  return async ({ database, clock }, signal) => {
    const now = clock.now()
    if (now.getTime() < dueMs) return
    while (await removeOldAccesses(database, now)) signal.throwIfAborted()
    await removeOldCounts(database, now)
    dueMs = now.getTime() + REMOVAL_MS
  }
}

/** Probes the role that is due; false when there is none. Throws the signal's reason. */
async function recheckOne(parts: RecheckParts, signal: AbortSignal): Promise<boolean> {
  const { database, clock, delivery } = parts
  const due = await claimDue(parts)
  if (due === undefined) return false
  const scope = openScope(database, asOrganizationId(due.organization_id), clock)
  const output = await getOutput(scope, due.output_id)
  const why = 'scheduled re-check'
  await delivery.proveRole(
    { ...targetOf(output), externalId: due.external_id },
    {
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      why,
      verdicts: verdictsOf({ ...parts, scope }, { output, why }),
      onAccess: (access) => recordAccess(scope, { outputId: output.id, taskId: undefined, access }),
    },
  )
  return true
}

/** Of outputs that are there and still have the id, whichever organization's. */
async function claimDue({ database, clock, principalArn }: RecheckParts) {
  const now = clock.now()
  return database.db
    .updateTable('role_verdicts')
    .set({ next_probe_at: new Date(now.getTime() + CLAIM_MS) })
    .where(
      sql`ctid`,
      '=',
      sql`(
        select v.ctid from role_verdicts v
        join outputs o on o.id = v.output_id and o.organization_id = v.organization_id
        where v.next_probe_at <= ${now} and v.principal_arn = ${principalArn}
          and o.deleted_at is null and o.role_arn = v.role_arn and o.external_id = v.external_id
        order by v.next_probe_at limit 1 for update of v skip locked)`,
    )
    .returning(['organization_id', 'output_id', 'external_id'])
    .executeTakeFirst()
}
