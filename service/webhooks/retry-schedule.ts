const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** After each failure in turn; one more than these and the delivery has failed: after some three days. */
const delaysMs = [
  5 * SECOND_MS,
  MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
]

/** Attempts until a delivery has failed. */
export const attemptsMax = delaysMs.length + 1

/**
 * The pause after the given failure (the first is 1); undefined when there is no further attempt. Up to a
 * quarter longer by `random` (0..1), so that a receiver that comes back is not met by all at once.
 */
export function delayAfter(failures: number, random: number): number | undefined {
  const delayMs = delaysMs[failures - 1]
  return delayMs === undefined ? undefined : Math.round(delayMs * (1 + random / 4))
}
