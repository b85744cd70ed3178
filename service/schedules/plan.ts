/**
 * When a schedule has something to do. Windows follow each other without a gap: one begins where the one
 * before has ended, and ends at the next full hour or the next midnight of the license's time zone, on
 * days of 23 and 25 hours too.
 */

import { Temporal } from 'temporal-polyfill'
import type { Window } from '#samples'

export type Frequency = 'HOURLY' | 'DAILY'

export interface Rule {
  readonly frequency: Frequency
  /** IANA name; it decides where a day begins. */
  readonly timeZone: string
}

const HOUR_MS = 3_600_000

/** Where the window begins that holds this instant. */
export function alignStart(rule: Rule, instant: Date): Date {
  if (rule.frequency === 'HOURLY')
    return new Date(Math.floor(instant.getTime() / HOUR_MS) * HOUR_MS)
  return new Date(dayOf(rule, instant).startOfDay().epochMilliseconds)
}

/** The end of the window that begins, or would go on, here. */
export function endOfWindow(rule: Rule, start: Date): Date {
  if (rule.frequency === 'HOURLY') return new Date(alignStart(rule, start).getTime() + HOUR_MS)
  // A day may begin at 01:00, where the clocks go forward at midnight.
  const nextDay = dayOf(rule, start).add({ days: 1 }).startOfDay()
  return new Date(nextDay.epochMilliseconds)
}

function dayOf({ timeZone }: Rule, instant: Date): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone)
}

/** The whole windows from `start` on that end at `until` or before it: the first of them. */
export function planWindows(
  rule: Rule,
  { start, until, countMax }: { start: Date; until: Date; countMax: number },
): Window[] {
  const windows: Window[] = []
  for (let from = start; windows.length < countMax; ) {
    const end = endOfWindow(rule, from)
    if (end > until) break
    windows.push({ start: from, end })
    from = end
  }
  return windows
}

/** The windows of a stretch, each cut at hours that are taken, and the last at the stretch's end. */
export function planBackfill(rule: Rule, stretch: Window, taken: readonly Window[]): Window[] {
  return leaveOut(stretch, taken).flatMap(({ start, end }) => {
    const windows: Window[] = []
    for (let from = start; from < end; ) {
      const windowEnd = endOfWindow(rule, from)
      const until = windowEnd < end ? windowEnd : end
      windows.push({ start: from, end: until })
      from = until
    }
    return windows
  })
}

/** What of it is not taken, in order. */
function leaveOut({ start, end }: Window, taken: readonly Window[]): Window[] {
  const left: Window[] = []
  let from = start
  const within = taken.filter((hour) => hour.start < end)
  for (const hour of within.toSorted((a, b) => a.start.getTime() - b.start.getTime())) {
    if (hour.start > from) left.push({ start: from, end: hour.start })
    if (hour.end > from) from = hour.end
  }
  if (from < end) left.push({ start: from, end })
  return left
}

/** Those that come next, whether they are over or not. */
export function planNextWindows(rule: Rule, start: Date, count: number): Window[] {
  const windows: Window[] = []
  for (let from = start; windows.length < count; from = endOfWindow(rule, from))
    windows.push({ start: from, end: endOfWindow(rule, from) })
  return windows
}

/** In order, those that touch as one. */
export function joinWindows(windows: readonly Window[]): Window[] {
  const joined: Window[] = []
  for (const window of windows.toSorted((a, b) => a.start.getTime() - b.start.getTime())) {
    const last = joined.at(-1)
    if (last?.end.getTime() === window.start.getTime()) last.end = window.end
    else joined.push({ ...window })
  }
  return joined
}

/** With files under way or hours waiting, and for hours that should be closed by now. */
const BUSY_MS = 5_000
/** Revisions of hours that are exported already come at any time. */
const IDLE_MS_MAX = 600_000
/** Schedules do not all begin in the second in which an hour closes. */
const JITTER_MS_MAX = 60_000

/** When to look again. `random`: 0..1. */
export function planNextLook(
  now: Date,
  state: { windowEnd: Date; isBusy: boolean; random: number },
): Date {
  const { windowEnd, isBusy, random } = state
  const startMs = windowEnd.getTime() + random * JITTER_MS_MAX
  const nowMs = now.getTime()
  if (isBusy || startMs <= nowMs) return new Date(nowMs + BUSY_MS)
  return new Date(Math.min(startMs, nowMs + IDLE_MS_MAX))
}

/** An hour that is not in the bucket so long after its window has ended. */
const LATE_AFTER_MS = HOUR_MS

/** Windows that ended before it are late. */
export function lateBefore(now: Date): Date {
  return new Date(now.getTime() - LATE_AFTER_MS)
}

export function isLate(now: Date, { windowEnd }: { windowEnd: Date }): boolean {
  return windowEnd < lateBefore(now)
}
