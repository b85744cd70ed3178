import type { Clock, Database } from '#database'
import { startPolling, startTaking } from '#polling'
import type { Sealing } from '#sealing'
import type { Telemetry } from '#telemetry'
import { claimDelivery } from './claim.ts'
import { removeOldDeliveries, sendClaimed } from './send-claimed.ts'
import type { Addresses } from './url.ts'

export interface SenderParts extends Addresses {
  database: Database
  clock: Clock
  telemetry: Telemetry
  sealing: Sealing
}

/** How often a process looks for a delivery that is due. */
const POLL_MS = 1_000
/** Messages of one process that are under way at once: each a socket, that may be silent for all its time. */
const AT_ONCE_MAX = 32

/** Sends what is due, of all organizations, until it is closed. Several processes share the work. */
export function startSender(
  parts: SenderParts,
  options: { pollMs?: number | undefined } = {},
): AsyncDisposable {
  const { pollMs = POLL_MS } = options
  const { log } = parts.telemetry
  const work = new AsyncDisposableStack()
  const onFault = (error: unknown) => log.warn({ error }, 'webhook messages were not sent')
  work.use(
    startTaking({
      claim: () => claimDelivery(parts.database, parts.clock),
      work: (claimed, signal) => sendClaimed(parts, claimed, signal),
      atOnceMax: AT_ONCE_MAX,
      pollMs,
      onFault,
    }),
  )
  work.use(startPolling(() => removeOldDeliveries(parts), { pollMs, onFault }))
  return work
}
