const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** As `<input type="datetime-local">` has them, in UTC: `2026-01-31T13:00`. */
export interface WindowText {
  start: string
  end: string
}

export const quickWindows = {
  'Last hour': (now: Date) => windowOf(floorOf(now, HOUR_MS) - HOUR_MS, floorOf(now, HOUR_MS)),
  'Last 24 hours': (now: Date) => windowOf(floorOf(now, HOUR_MS) - DAY_MS, floorOf(now, HOUR_MS)),
  Yesterday: (now: Date) => windowOf(floorOf(now, DAY_MS) - DAY_MS, floorOf(now, DAY_MS)),
  'Last 7 days': (now: Date) => windowOf(floorOf(now, DAY_MS) - 7 * DAY_MS, floorOf(now, DAY_MS)),
  'Last 30 days': (now: Date) => windowOf(floorOf(now, DAY_MS) - 30 * DAY_MS, floorOf(now, DAY_MS)),
} satisfies Record<string, (now: Date) => WindowText>

function floorOf(now: Date, unitMs: number): number {
  return Math.floor(now.getTime() / unitMs) * unitMs
}

function windowOf(startMs: number, endMs: number): WindowText {
  return { start: textOf(startMs), end: textOf(endMs) }
}

const textOf = (ms: number) => new Date(ms).toISOString().slice(0, 16)

/** The instant that the text means in UTC; undefined while there is none. */
export function instantOf(text: string): string | undefined {
  const instant = new Date(`${text}Z`)
  return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString()
}
