import type { Verdict } from './rows.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Well inside the time that a PASS outlives unclear answers, so that several re-checks may fail. */
const everyMs: Record<Verdict, number> = {
  PASSED: 6 * HOUR_MS,
  FAILED: 24 * HOUR_MS,
  INCONCLUSIVE: 15 * MINUTE_MS,
}
const JITTER = 0.1

/** When a role is probed again by itself. `random` 0..1 spreads the roles over the time. */
export function nextProbeAfter(
  verdict: Verdict,
  { now, random }: { now: Date; random: number },
): Date {
  const spread = 1 + JITTER * (2 * random - 1)
  return new Date(now.getTime() + everyMs[verdict] * spread)
}
