import type { Clock, Database } from '#database'
import { readClosedUntil } from './closing.ts'
import { HOUR_MS, hourOf, plusMs, storedSecond, storedTime } from './hour.ts'
import { readNewest, type WantedHours } from './pin-hours.ts'
import { rowsInTime } from './rows-in-time.ts'
import { finalSettings } from './schema.ts'
import type { Store } from './store.ts'
import { hourTables } from './tables.ts'

export interface HourCount {
  hour: Date
  /** Of a closed hour, what a file of it has; of an open one, what is stored until now. */
  rows: number
  isClosed: boolean
  /** Rows of it have been kept as long as their license keeps them: no export can have it. */
  isExpired: boolean
}

/**
 * Every hour that the window touches, in order, the licenses together. Closed hours are known without a look
 * at the rows; those that are open, one or two as a rule, are counted.
 */
export async function countHours(
  parts: { database: Database; store: Store; clock: Clock },
  wanted: WantedHours,
): Promise<HourCount[]> {
  const { window } = wanted
  const closedUntil = await readClosedUntil(parts.database)
  const [recorded, open] = await Promise.all([
    readNewest(parts.database, wanted),
    window.end > closedUntil ? countOpen(parts, wanted, closedUntil) : new Map<number, number>(),
  ])
  const counts: HourCount[] = []
  const byHour = Map.groupBy(recorded, ({ hour }) => hour.getTime())
  for (let hour = hourOf(window.start); hour < window.end; hour = plusMs(hour, HOUR_MS)) {
    const isClosed = hour < closedUntil
    const rows = isClosed ? (byHour.get(hour.getTime()) ?? []) : []
    counts.push({
      hour,
      rows: isClosed
        ? rows.reduce((sum, { row_count }) => sum + Number(row_count), 0)
        : (open.get(hour.getTime()) ?? 0),
      isClosed,
      isExpired: rows.some(({ expires_at }) => expires_at <= parts.clock.now()),
    })
  }
  return counts
}

async function countOpen(
  { store, clock }: { store: Store; clock: Clock },
  { licenseKeys, window, type }: WantedHours,
  closedUntil: Date,
): Promise<Map<number, number>> {
  const start = hourOf(window.start) > closedUntil ? hourOf(window.start) : closedUntil
  const query = {
    sql: `SELECT toUnixTimestamp(toStartOfHour(time)) AS second, toString(count()) AS rows
      FROM ${store.named(hourTables[type].name)} FINAL
      WHERE license_key IN {licenses:Array(String)}
        AND time >= {start:DateTime64(3, 'UTC')} AND time < {end:DateTime64(3, 'UTC')}
        AND expires_at > {now:DateTime('UTC')}
      GROUP BY second`,
    parameters: {
      licenses: licenseKeys,
      start: storedTime(start),
      end: storedTime(plusMs(hourOf(plusMs(window.end, -1)), HOUR_MS)),
      now: storedSecond(clock.now()),
    },
    settings: finalSettings,
  }
  const rows = await rowsInTime<{ second: number; rows: string }>(
    store,
    query,
    'Open hours were not counted',
  )
  return new Map(rows.map(({ second, rows }) => [second * 1000, Number(rows)]))
}
