import type { Posted } from './post.ts'
import { delayAfter } from './retry-schedule.ts'

/** What an attempt means for its delivery. */
export type Outcome =
  | { status: 'DELIVERED' }
  | { status: 'PENDING'; failures: number; availableAt: Date }
  /** Gone: the receiver wants nothing more. */
  | { status: 'FAILED'; failures: number; isGone: boolean }

const GONE = 410

export function outcomeOf(
  posted: Posted,
  known: { failures: number; now: Date; random: number },
): Outcome {
  const { responseCode = 0 } = posted
  if (responseCode >= 200 && responseCode < 300) return { status: 'DELIVERED' }
  const failures = known.failures + 1
  const isGone = responseCode === GONE
  const delayMs = isGone ? undefined : delayAfter(failures, known.random)
  if (delayMs === undefined) return { status: 'FAILED', failures, isGone }
  return { status: 'PENDING', failures, availableAt: new Date(known.now.getTime() + delayMs) }
}
