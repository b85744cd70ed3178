import type { Clock, Database } from '#database'
import { startPolling } from '#polling'
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
  const underWay = new Set<Promise<void>>()
  const onFault = (error: unknown) => log.warn({ error }, 'webhook messages were not sent')
  /** False: nothing is due. */
  const sendOne = async (signal: AbortSignal): Promise<boolean> => {
    const claimed = await claimDelivery(parts.database, parts.clock)
    if (claimed === undefined) return false
    const sending = sendClaimed(parts, claimed, signal)
      .catch((error: unknown) => {
        if (!signal.aborted) onFault(error)
      })
      .finally(() => underWay.delete(sending))
    underWay.add(sending)
    if (underWay.size >= AT_ONCE_MAX) await Promise.race(underWay)
    return true
  }
  const round = async (signal: AbortSignal) => {
    while (!signal.aborted && (await sendOne(signal)));
    await removeOldDeliveries(parts)
  }
  const polling = startPolling(round, { pollMs, onFault })
  return {
    [Symbol.asyncDispose]: async () => {
      await polling[Symbol.asyncDispose]()
      await Promise.all(underWay)
    },
  }
}
