const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/
/** How far back one can go at once. */
export const MONTHS_MAX = 24
const MONTHS_SHOWN = 3

interface MonthsSearch {
  /** How many months, this one among them. */
  months?: number
}

export function readMonthsSearch({ months }: Record<string, unknown>): MonthsSearch {
  const count = Number(months)
  return Number.isInteger(count) && count > 0 && count <= MONTHS_MAX ? { months: count } : {}
}

/** The newest first, as `2026-01`. */
export function monthsUntil(now: Date, { months = MONTHS_SHOWN }: MonthsSearch): string[] {
  return Array.from({ length: months }, (_, back) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back)).toISOString().slice(0, 7),
  )
}

/** From its first instant to the first of the next. */
export function windowOfMonth(month: string): { start: string; end: string } {
  if (!MONTH.test(month)) throw new RangeError(`${month} is no month`)
  const [year = 0, number = 0] = month.split('-').map(Number)
  return {
    start: `${month}-01T00:00:00.000Z`,
    end: new Date(Date.UTC(year, number)).toISOString(),
  }
}

export function nameOfMonth(month: string): string {
  return new Date(`${month}-01T00:00:00Z`).toLocaleDateString('en', {
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  })
}
