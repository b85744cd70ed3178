import { Type } from 'typebox'

/** An instant on the wire: ISO 8601 with `Z` or an offset, on the way in; `Z` always, on the way out. */
export const Instant = Type.String({ format: 'date-time', examples: ['2026-01-31T13:00:00Z'] })

const FORM = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/** Whether it has the form, and names a day that exists. */
export function isInstant(text: string): boolean {
  const day = FORM.exec(text)?.[1]
  if (day === undefined || Number.isNaN(Date.parse(text))) return false
  const midnight = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day)
}

/** An instant that a schema has let through. */
export function parseInstant(text: string): Date {
  return new Date(text)
}

export function formatInstant(instant: Date): string {
  return instant.toISOString()
}
