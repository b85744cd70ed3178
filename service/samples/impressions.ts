import type { SampleColumn, SampleValue } from './column.ts'
import { type Filter, filterCondition } from './filters.ts'
import { storedSecond, storedTime } from './hour.ts'
import type { Window } from './samples.ts'
import type { Store } from './store.ts'
import { adSamplesTable, errorDetailsTable, type SampleTable, samplesTable } from './tables.ts'

/** What is kept of single impressions. Hours that are still open are read too. */
export interface Impressions {
  /** The last seen first: those that have a sample in the window that all filters hold for. */
  find(query: ImpressionQuery): Promise<string[]>
  /** In the order of the player. */
  readSamples(impression: ImpressionRef): Promise<Row[]>
  readAds(impression: ImpressionRef): Promise<Row[]>
  readErrorDetails(impression: ImpressionRef): Promise<Row[]>
}

interface ImpressionQuery {
  licenseKeys: readonly string[]
  window: Window
  filters: readonly Filter[]
  limit: number
}

export interface ImpressionRef {
  licenseKeys: readonly string[]
  impressionId: string
}

/** By column. */
export type Row = Record<string, SampleValue>

/** Of one impression: a day of heartbeats has some 1,500. */
const ROWS_MAX = 10_000

export function openImpressions(store: Store, clock: { now(): Date }): Impressions {
  /** LIMIT 1 BY finds the row of a key that was stored first, in whichever hour; FINAL would read more for the same. */
  const read = async (table: SampleTable, { licenseKeys, impressionId }: ImpressionRef) => {
    const names = table.columns.map(({ name }) => name)
    const key = table.key.map(({ name }) => name).join(', ')
    const rows = await store.rows<Record<string, unknown>>({
      sql: `SELECT ${names.join(', ')} FROM (
        SELECT * FROM ${store.named(table.name)}
        WHERE license_key IN {licenses:Array(String)} AND ${table.impression} = {impression:String}
          AND expires_at > {now:DateTime('UTC')}
        ORDER BY precedence DESC LIMIT 1 BY license_key, ${key})
        ORDER BY ${table.order.join(', ')}, time LIMIT ${ROWS_MAX}`,
      parameters: {
        licenses: licenseKeys,
        impression: impressionId,
        now: storedSecond(clock.now()),
      },
      settings: rowSettings,
    })
    return rows.map((row) => rowOf(table.columns, row))
  }
  return {
    find: (query) => find(store, clock.now(), query),
    readSamples: (impression) => read(samplesTable, impression),
    readAds: (impression) => read(adSamplesTable, impression),
    readErrorDetails: (impression) => read(errorDetailsTable, impression),
  }
}

export const rowSettings = {
  output_format_json_quote_64bit_integers: 0,
  date_time_output_format: 'iso',
}

export function rowOf(columns: readonly SampleColumn[], row: Record<string, unknown>): Row {
  const entries = columns.map(({ name, type }) => {
    const value = row[name]
    const isInstant = typeof value === 'string' && type.startsWith('DateTime64')
    return [name, isInstant ? new Date(value) : value]
  })
  return Object.fromEntries(entries)
}

async function find(store: Store, now: Date, query: ImpressionQuery): Promise<string[]> {
  const { licenseKeys, window, filters, limit } = query
  const conditions = filters.map(filterCondition)
  const rows = await store.rows<{ id: string }>({
    sql: `SELECT impression_id AS id FROM ${store.named('samples')}
      WHERE ${[
        'license_key IN {licenses:Array(String)}',
        "time >= {start:DateTime64(3, 'UTC')}",
        "time < {end:DateTime64(3, 'UTC')}",
        "expires_at > {now:DateTime('UTC')}",
        ...conditions.map(({ sql }) => sql),
      ].join(' AND ')}
      GROUP BY impression_id ORDER BY max(time) DESC, id LIMIT {limit:UInt32}`,
    parameters: {
      licenses: licenseKeys,
      start: storedTime(window.start),
      end: storedTime(window.end),
      now: storedSecond(now),
      limit,
      ...Object.assign({}, ...conditions.map(({ parameters }) => parameters)),
    },
  })
  return rows.map(({ id }) => id)
}
