import { type Clock, type Database, openScope } from '#database'
import { startTaking } from '#polling'
import { type ClaimedSchedule, claimSchedule, releaseSchedule } from './claim.ts'
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
/** Looks of one process that are under way at once. */
const AT_ONCE_MAX = 8

/**
 * Looks at every schedule that is due, until it is closed. Several processes share the work. Some at once: a bucket
 * that answers slowly keeps the latest.json of its own schedule waiting, and not the hours of the others.
 */
export function startSchedules(parts: SchedulesParts, options: SchedulesOptions): AsyncDisposable {
  const { pollMs, random = Math.random } = options
  return startTaking({
    claim: () => claimSchedule(parts.database, parts.clock.now()),
    work: (claimed, signal) => lookAtClaimed(parts, { claimed, random: random(), signal }),
    atOnceMax: AT_ONCE_MAX,
    pollMs,
    onFault: (error) => parts.telemetry.exportScheduleFailed({ scheduleId: undefined, error }),
  })
}

interface Looking {
  random: number
  signal: AbortSignal
}

/** False when no schedule is due. */
export async function lookAtNext(parts: SchedulesParts, looking: Looking): Promise<boolean> {
  const claimed = await claimSchedule(parts.database, parts.clock.now())
  if (claimed === undefined) return false
  await lookAtClaimed(parts, { ...looking, claimed })
  return true
}

async function lookAtClaimed(
  parts: SchedulesParts,
  { claimed, random, signal }: Looking & { claimed: ClaimedSchedule },
): Promise<void> {
  const { database, clock, telemetry } = parts
  const scope = openScope(database, claimed.organization_id, clock)
  try {
    await lookAt(parts, { scope, claimed, random, signal })
  } catch (error) {
    if (!signal.aborted) telemetry.exportScheduleFailed({ scheduleId: claimed.id, error })
    const againMs = signal.aborted ? 0 : AGAIN_MS
    await releaseSchedule(scope, claimed, new Date(clock.now().getTime() + againMs))
  }
}
