export interface DayOfHours<Hour> {
  /** `2026-01-31`. */
  date: string
  /** 24 of them; undefined where the day has no such hour in the list. */
  cells: ({ hour: Hour; index: number } | undefined)[]
}

/** Hours in order, by the days of UTC that have some. */
export function groupByDay<Hour extends { startTime: string }>(
  hours: readonly Hour[],
): DayOfHours<Hour>[] {
  const days: DayOfHours<Hour>[] = []
  for (const [index, hour] of hours.entries()) {
    const date = hour.startTime.slice(0, 10)
    if (days.at(-1)?.date !== date) days.push({ date, cells: Array(24).fill(undefined) })
    const day = days.at(-1)
    if (day) day.cells[Number(hour.startTime.slice(11, 13))] = { hour, index }
  }
  return days
}

const HOUR_MS = 3_600_000
const steps: Record<string, number> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -24,
  ArrowDown: 24,
  PageUp: -7 * 24,
  PageDown: 7 * 24,
}

/** Where a key leads, as an index; undefined: nowhere. */
export function stepTo(
  key: string,
  from: { hours: readonly { startTime: string }[]; current: number; isToEnd: boolean },
): number | undefined {
  const { hours, current, isToEnd } = from
  const here = hours[current]?.startTime
  if (here === undefined) return undefined
  const isToday = (hour: { startTime: string }) => hour.startTime.startsWith(here.slice(0, 10))
  if (key === 'Home') return isToEnd ? 0 : hours.findIndex(isToday)
  if (key === 'End') return isToEnd ? hours.length - 1 : hours.findLastIndex(isToday)
  const step = steps[key]
  if (step === undefined) return undefined
  const hourOf = (text: string) => Math.floor(Date.parse(text) / HOUR_MS)
  const aim = hourOf(here) + step
  const found = hours.findIndex(({ startTime }) => hourOf(startTime) === aim)
  if (found >= 0) return found
  if (!key.startsWith('Page')) return undefined
  return step < 0 ? 0 : hours.length - 1
}
