import type { Clock, Database } from '#database'
import type { SampleColumn } from './column.ts'
import { countHours } from './count-hours.ts'
import { storedSecond, storedTime } from './hour.ts'
import { type Row, rowOf, rowSettings } from './impressions.ts'
import type { WantedHours } from './pin-hours.ts'
import { rowsInTime } from './rows-in-time.ts'
import type { Store } from './store.ts'
import { hourTables } from './tables.ts'

/**
 * The newest first. Only the last hours that have enough rows are read, however long the window is. One that
 * was sent again hours later may be there twice; files have it once.
 */
export async function readNewestRows(
  parts: { database: Database; store: Store; clock: Clock },
  query: WantedHours & { columns: readonly SampleColumn[]; limit: number },
): Promise<Row[]> {
  const { window, type, columns, limit, licenseKeys } = query
  const counts = await countHours(parts, query)
  let found = 0
  const first = counts.findLast(({ rows, isExpired }) => {
    if (!isExpired) found += rows
    return found >= limit
  })
  if (found === 0) return []
  const start = first !== undefined && first.hour > window.start ? first.hour : window.start
  const { name, order } = hourTables[type]
  const read = {
    sql: `SELECT ${columns.map((column) => column.name).join(', ')}
      FROM ${parts.store.named(name)} FINAL
      WHERE license_key IN {licenses:Array(String)}
        AND time >= {start:DateTime64(3, 'UTC')} AND time < {end:DateTime64(3, 'UTC')}
        AND expires_at > {now:DateTime('UTC')}
      ORDER BY time DESC, ${order.join(', ')} LIMIT {limit:UInt32}`,
    parameters: {
      licenses: licenseKeys,
      start: storedTime(start),
      end: storedTime(window.end),
      now: storedSecond(parts.clock.now()),
      limit,
    },
    settings: { ...rowSettings, do_not_merge_across_partitions_select_final: 1 },
  }
  const rows = await rowsInTime<Record<string, unknown>>(
    parts.store,
    read,
    'The newest rows were not read',
  )
  return rows.map((row) => rowOf(columns, row))
}
