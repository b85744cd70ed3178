import { isLate } from './plan.ts'

/**
 * How an hour of an output is, for who looks at months of them. All that writes the hour to one place (a
 * license, a type, a path, a format) is one part; what counts of a part is its newest file that is in the
 * bucket, else what is under way, else its failure. The worst part gives the hour its status.
 *
 * FAILED: an export of it ended in ERROR, or could not be made, and none has delivered it since.
 * EXPIRED: a schedule owed it, and its samples reached the end of their retention before; nothing brings it back.
 * LATE: it is not in the bucket an hour after the end of the window that a schedule exports it with.
 * UNDERWAY: a task has it. WAITING: a schedule will export it; its window has not ended, or just has.
 * DELIVERED: in the bucket. EMPTY: so too, and no file of it has a row.
 * MISSING: nobody exports it, though hours before and after it were delivered, or a paused schedule would.
 * NONE: nobody exports it.
 */
export const hourStatuses = [
  'FAILED',
  'EXPIRED',
  'LATE',
  'UNDERWAY',
  'WAITING',
  'DELIVERED',
  'EMPTY',
  'MISSING',
  'NONE',
] as const
export type HourStatus = (typeof hourStatuses)[number]

export interface HourPart {
  state: 'DELIVERED' | 'UNDERWAY' | 'FAILED' | 'EXPIRED' | 'WAITING'
  /** Of what is in the bucket. */
  rows: number
  /** Of the schedule that owes it; undefined: no schedule does. */
  windowEnd: Date | undefined
}

export function judgeHour(
  now: Date,
  parts: readonly HourPart[],
  isBetweenDelivered: boolean,
): HourStatus {
  const statuses = new Set(parts.map((part) => judgePart(now, part)))
  const worst = hourStatuses.find((status) => statuses.has(status))
  return worst ?? (isBetweenDelivered ? 'MISSING' : 'NONE')
}

function judgePart(now: Date, { state, rows, windowEnd }: HourPart): HourStatus {
  if (state === 'DELIVERED') return rows > 0 ? 'DELIVERED' : 'EMPTY'
  if (state === 'FAILED' || state === 'EXPIRED') return state
  return windowEnd !== undefined && isLate(now, { windowEnd }) ? 'LATE' : state
}
