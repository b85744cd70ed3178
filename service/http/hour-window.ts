import { Type } from 'typebox'
import { invalidRequest } from '#errors'
import { Instant } from './instant.ts'

const HOUR_MS = 3_600_000
/** 100 days. */
export const hoursAnsweredMax = 100 * 24

/** The query of a route that answers each hour of a window. */
export const HourWindow = Type.Object({
  start: Instant,
  end: Type.String({ ...Instant, description: 'Exclusive.' }),
})

/** The window itself, if it is one and not too long. Throws INVALID_REQUEST. */
export function checkHourWindow<Window extends { start: Date; end: Date }>(window: Window): Window {
  const hours = (window.end.getTime() - window.start.getTime()) / HOUR_MS
  if (hours > 0 && hours <= hoursAnsweredMax) return window
  const text = `must be later than start, by at most ${hoursAnsweredMax} hours (100 days)`
  throw invalidRequest([{ field: 'end', text }])
}
