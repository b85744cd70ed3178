import type { Database } from '#database'
import { TransientError } from '#errors'
import { readClosedUntil } from './closing.ts'
import { hasUnsettled, type Touched } from './touched-hours.ts'

export interface Settling {
  database: Database
  /** Closes and settles what can be, now. */
  closeHours(): Promise<void>
}

const SETTLE_MS_MAX = 300_000
const SETTLE_PAUSE_MS = 50

/** Resolves when every closed hour that was touched so has its revision. Throws the signal's reason. */
export async function awaitSettled(
  parts: Settling,
  touched: Touched,
  signal?: AbortSignal,
): Promise<void> {
  const deadlineMs = performance.now() + SETTLE_MS_MAX
  for (;;) {
    signal?.throwIfAborted()
    await parts.closeHours()
    const closedUntil = await readClosedUntil(parts.database)
    if (!(await hasUnsettled(parts.database, touched, closedUntil))) return
    if (performance.now() > deadlineMs) throw unsettled()
    await new Promise((done) => setTimeout(done, SETTLE_PAUSE_MS))
  }
}

function unsettled(): TransientError {
  return new TransientError(
    'SAMPLES_UNAVAILABLE',
    'The samples are changed, but their hours could not be closed again yet. It will happen by itself.',
  )
}
