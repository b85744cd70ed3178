import type { Hours } from './duplicates.ts'
import { HOUR_MS, plusMs, storedSecond, storedTime } from './hour.ts'
import { finalSettings } from './schema.ts'
import type { Store } from './store.ts'
import { keyOf, type SampleType } from './tables.ts'

/** What is recorded of one hour of one license: the rows a file of it has, and a sum over which they are. */
export interface HourSummary {
  type: SampleType
  licenseKey: string
  hour: Date
  rows: number
  duplicates: number
  checksum: string
  expiresAt: Date
}

interface SummaryRow {
  licenseKey: string
  hourSeconds: number
  rows: string
  duplicates: string
  checksum: string
  expiresSeconds: number
}

/** Every row stored has a precedence of its own, so the sum of this names the rows. */
export const ROW_HASH = 'intHash64(precedence)'

/** One for each license and hour that has rows. */
export async function summarizeHours(store: Store, hours: Hours): Promise<HourSummary[]> {
  const [first, last] = [hours.hours[0], hours.hours.at(-1)]
  if (first === undefined || last === undefined) return []
  const license = hours.licenseKey === undefined ? '' : 'license_key = {license:String} AND '
  const isDuplicate = `(license_key, toStartOfHour(time), ${keyOf(hours.table)}) IN (
    SELECT license_key, hour, ${keyOf(hours.table)} FROM ${store.named(hours.table.duplicates)}
    WHERE ${license}hour IN {hours:Array(DateTime('UTC'))})`
  const rows = await store.rows<SummaryRow>({
    sql: `SELECT license_key AS licenseKey,
        toUnixTimestamp(toStartOfHour(time)) AS hourSeconds,
        toString(countIf(NOT duplicate)) AS rows, toString(countIf(duplicate)) AS duplicates,
        toString(sumIf(${ROW_HASH}, NOT duplicate)) AS checksum,
        toUnixTimestamp(min(expires_at)) AS expiresSeconds
      FROM (SELECT license_key, time, precedence, expires_at, ${isDuplicate} AS duplicate
        FROM ${store.named(hours.table.name)} FINAL
        WHERE ${license}toStartOfHour(time) IN {hours:Array(DateTime('UTC'))}
          AND time >= {first:DateTime64(3, 'UTC')} AND time < {end:DateTime64(3, 'UTC')}
          AND stored_at < {before:DateTime64(3, 'UTC')})
      GROUP BY license_key, toStartOfHour(time)`,
    parameters: {
      ...(hours.licenseKey !== undefined && { license: hours.licenseKey }),
      first: storedTime(first),
      end: storedTime(plusMs(last, HOUR_MS)),
      before: storedTime(hours.storedBefore),
      hours: hours.hours.map(storedSecond),
    },
    settings: finalSettings,
  })
  return rows.map((row) => ({
    type: hours.table.type,
    licenseKey: row.licenseKey,
    hour: new Date(row.hourSeconds * 1000),
    rows: Number(row.rows),
    duplicates: Number(row.duplicates),
    checksum: row.checksum,
    expiresAt: new Date(row.expiresSeconds * 1000),
  }))
}

/** How many rows were stored for some hours, duplicates and all: cheap, to bound what follows. */
export async function countStored(store: Store, hours: Hours): Promise<number> {
  const license = hours.licenseKey === undefined ? '' : 'license_key = {license:String} AND '
  const [row] = await store.rows<{ count: string }>({
    sql: `SELECT toString(count()) AS count FROM ${store.named(hours.table.name)}
      WHERE ${license}toStartOfHour(time) IN {hours:Array(DateTime('UTC'))}
        AND time >= {first:DateTime64(3, 'UTC')} AND time < {end:DateTime64(3, 'UTC')}`,
    parameters: {
      ...(hours.licenseKey !== undefined && { license: hours.licenseKey }),
      first: storedTime(hours.hours[0] ?? hours.storedBefore),
      end: storedTime(plusMs(hours.hours.at(-1) ?? hours.storedBefore, HOUR_MS)),
      hours: hours.hours.map(storedSecond),
    },
  })
  return Number(row?.count ?? 0)
}
