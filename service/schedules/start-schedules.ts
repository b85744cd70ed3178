import { setTimeout as pause } from 'node:timers/promises'
import { type Clock, type Database, openScope } from '#database'
import { TransientError } from '#errors'
import { claimSchedule, releaseSchedule } from './claim.ts'
import { type LookParts, lookAt } from './look.ts'

export interface SchedulesParts extends LookParts {
  database: Database
  clock: Clock
}

interface SchedulesOptions {
  /** How long an idle process waits before it looks for a due schedule again. */
  pollMs: number
  /** 0..1 */
  random?: () => number
}

/** A schedule that could not be looked at waits so long for the next try. */
const AGAIN_MS = 30_000

/** Looks at every schedule that is due, until it is closed. Several processes share the work. */
export function startSchedules(parts: SchedulesParts, options: SchedulesOptions): AsyncDisposable {
  const { pollMs, random = Math.random } = options
  const closing = new AbortController()
  const loop = async () => {
    while (!closing.signal.aborted) {
      const hasLooked = await lookAtNext(parts, { random: random(), signal: closing.signal }).catch(
        (error: unknown) => {
          parts.telemetry.exportScheduleFailed({ scheduleId: undefined, error })
          return false
        },
      )
      if (!hasLooked) await pause(pollMs, undefined, { signal: closing.signal }).catch(() => {})
    }
  }
  const running = loop()
  return {
    [Symbol.asyncDispose]: async () => {
      closing.abort(new TransientError('NOT_READY', 'The service is stopping.'))
      await running
    },
  }
}

/** False when no schedule is due. */
export async function lookAtNext(
  parts: SchedulesParts,
  { random, signal }: { random: number; signal: AbortSignal },
): Promise<boolean> {
  const { database, clock, telemetry } = parts
  const claimed = await claimSchedule(database, clock.now())
  if (claimed === undefined) return false
  const scope = openScope(database, claimed.organization_id, clock)
  try {
    await lookAt(parts, { scope, claimed, random, signal })
  } catch (error) {
    if (!signal.aborted) telemetry.exportScheduleFailed({ scheduleId: claimed.id, error })
    const againMs = signal.aborted ? 0 : AGAIN_MS
    await releaseSchedule(scope, claimed, new Date(clock.now().getTime() + againMs))
  }
  return true
}
