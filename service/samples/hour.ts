export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

export function hourOf(time: Date): Date {
  return new Date(Math.floor(time.getTime() / HOUR_MS) * HOUR_MS)
}

export function plusMs(time: Date, ms: number): Date {
  return new Date(time.getTime() + ms)
}

/** As ClickHouse takes an instant of a UTC column, with milliseconds. */
export function storedTime(time: Date): string {
  const text = time.toISOString()
  return `${text.slice(0, 10)} ${text.slice(11, 23)}`
}

/** As ClickHouse takes a DateTime, in whole seconds. */
export function storedSecond(time: Date): string {
  return storedTime(time).slice(0, 19)
}
