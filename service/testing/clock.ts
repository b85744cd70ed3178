import type { Clock } from '#database'
import { systemClock } from '../service.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/**
 * A clock that is at ten past an hour when it is made, some whole hours ago: whatever the real time, no hour
 * ends by it while a test runs.
 */
export function clockAtTenPast(hoursAgo = 1): Clock {
  const now = systemClock.now().getTime()
  const behindMs = (now % HOUR_MS) + hoursAgo * HOUR_MS - 10 * MINUTE_MS
  return { now: () => new Date(systemClock.now().getTime() - behindMs) }
}
