import type { Clock, Database } from '#database'
import type { SampleColumn } from './column.ts'
import { countHours } from './count-hours.ts'
import { storedSecond, storedTime } from './hour.ts'
import { pack } from './hour-source.ts'
import { type Row, rowOf, rowSettings } from './impressions.ts'
import type { WantedHours } from './pin-hours.ts'
import { type FileForm, formatOf } from './read-hour.ts'
import { rowsInTime } from './rows-in-time.ts'
import { finalSettings } from './schema.ts'
import type { Store } from './store.ts'
import { hourTables } from './tables.ts'

export interface NewestRows extends WantedHours {
  columns: readonly SampleColumn[]
  limit: number
}

interface Parts {
  database: Database
  store: Store
  clock: Clock
}

/**
 * The newest first. Only the last hours that have enough rows are read, however long the window is. One that
 * was sent again hours later may be there twice; files have it once.
 */
export async function readNewestRows(parts: Parts, query: NewestRows): Promise<Row[]> {
  const names = query.columns.map((column) => column.name).join(', ')
  const select = await selectNewest(parts, query, names)
  if (select === undefined) return []
  const read = { ...select, settings: { ...select.settings, ...rowSettings } }
  const what = 'The newest rows were not read'
  const rows = await rowsInTime<Record<string, unknown>>(parts.store, read, what)
  return rows.map((row) => rowOf(query.columns, row))
}

/** How many bytes a file of the newest rows alone would have. Nothing of it is kept. */
export async function measureNewestRows(
  parts: Parts,
  query: NewestRows & Pick<FileForm, 'fileFormat' | 'compression'>,
): Promise<{ rows: number; bytes: number }> {
  const format = formatOf(query)
  const select = await selectNewest(parts, query, format.expressions)
  if (select === undefined) return { rows: 0, bytes: 0 }
  const { body, rows } = await parts.store.stream({
    ...select,
    sql: `${select.sql} FORMAT ${format.name}`,
    settings: { ...select.settings, ...format.settings },
    settingsIfKnown: format.settingsIfKnown,
    signal: AbortSignal.timeout(MEASURE_MS_MAX),
  })
  let bytes = 0
  const packing = query.fileFormat === 'CSV' ? query.compression : 'NONE'
  for await (const chunk of pack(body, packing)) bytes += chunk.length
  return { rows, bytes }
}

const MEASURE_MS_MAX = 10_000

/** Undefined where the window has none. */
async function selectNewest(parts: Parts, query: NewestRows, expressions: string) {
  const { window, type, limit, licenseKeys } = query
  const counts = await countHours(parts, query)
  let found = 0
  const first = counts.findLast(({ rows, isExpired }) => {
    if (!isExpired) found += rows
    return found >= limit
  })
  if (found === 0) return undefined
  const start = first !== undefined && first.hour > window.start ? first.hour : window.start
  const { name, order } = hourTables[type]
  return {
    sql: `SELECT ${expressions}
      FROM ${parts.store.named(name)} FINAL
      WHERE license_key IN {licenses:Array(String)}
        AND ${name}.time >= {start:DateTime64(3, 'UTC')}
        AND ${name}.time < {end:DateTime64(3, 'UTC')}
        AND expires_at > {now:DateTime('UTC')}
      ORDER BY ${name}.time DESC, ${order.join(', ')} LIMIT {limit:UInt32}`,
    parameters: {
      licenses: licenseKeys,
      start: storedTime(start),
      end: storedTime(window.end),
      now: storedSecond(parts.clock.now()),
      limit,
    },
    settings: finalSettings,
  }
}
