import type { SampleColumn } from './column.ts'
import { HOUR_MS, hourOf, plusMs, storedSecond, storedTime } from './hour.ts'
import { type HourArgument, incomplete } from './hour-source.ts'
import type { Compression, HourFile, PinnedHour } from './samples.ts'
import type { Query, Store } from './store.ts'
import { type HourTable, hourTables, keyOf, type SampleType } from './tables.ts'

export interface ReadOptions {
  licenseKey: string
  /** Absent: SESSIONS. */
  type?: SampleType
  columns: readonly SampleColumn[]
  fileFormat: 'CSV' | 'PARQUET'
  compression: Compression
  signal: AbortSignal
}

/**
 * CSV as RFC 4180 has it, with LF, a header line, ISO 8601 times and nothing for null. Parquet typed. One thread and no parallel formatting: the memory stays flat, and the same bytes come out twice.
 * https://clickhouse.com/docs/interfaces/formats
 */
const formats = {
  CSV: {
    name: 'CSVWithNames',
    settings: { date_time_output_format: 'iso', format_csv_null_representation: '' },
  },
  PARQUET: {
    name: 'Parquet',
    settings: {
      output_format_parquet_string_as_string: 1,
      output_format_parquet_parallel_encoding: 0,
      output_format_parquet_row_group_size: 32_768, // rows, all of which the encoder holds
    },
  },
}

const readSettings = {
  max_block_size: 8192, // rows; each query holds a few blocks
  max_threads: 1,
  output_format_parallel_formatting: 0,
  do_not_merge_across_partitions_select_final: 1,
}

/**
 * A pinned hour as a file. What the store has now is compared with what the closing of the hour recorded:
 * a replica that lags behind, or rows that are gone, never become a file.
 */
export async function readHour(
  store: Store,
  hour: PinnedHour,
  options: ReadOptions,
): Promise<HourFile> {
  const seen = await lookAt(store, hour, options)
  if (seen.rows !== hour.rows || seen.checksum !== hour.checksum)
    throw incomplete(hour.start, { recorded: hour.rows, seen: seen.rows })
  const { partRows: rows, firstTime, lastTime } = seen
  const argument: HourArgument = {
    store: store.options,
    query: fileQuery(store, hour, options),
    start: hour.start,
    rows,
    compression: options.fileFormat === 'CSV' ? options.compression : 'NONE',
  }
  const module = new URL('./hour-source.ts', import.meta.url).href
  return { rows, firstTime, lastTime, source: { module, argument } }
}

interface Seen {
  rows: number
  checksum: string
  /** Of the part of the hour that lies in the window. */
  partRows: number
  firstTime: Date | undefined
  lastTime: Date | undefined
}

async function lookAt(
  store: Store,
  hour: PinnedHour,
  { licenseKey, type = 'SESSIONS', signal }: ReadOptions,
): Promise<Seen> {
  const table = hourTables[type]
  const part = "time >= {partStart:DateTime64(3, 'UTC')} AND time < {partEnd:DateTime64(3, 'UTC')}"
  const [row] = await store.rows<
    Record<'rows' | 'checksum' | 'partRows' | 'first' | 'last', string>
  >({
    sql: `SELECT toString(count()) AS rows, toString(sum(intHash64(precedence))) AS checksum,
          toString(countIf(${part})) AS partRows,
          toString(toUnixTimestamp64Milli(minIf(time, ${part}))) AS first,
          toString(toUnixTimestamp64Milli(maxIf(time, ${part}))) AS last
        FROM ${store.named(table.name)} FINAL WHERE ${hourCondition(store, table, hour)}`,
    parameters: parametersOf(hour, licenseKey),
    settings: readSettings,
    signal,
  })
  const partRows = Number(row?.partRows ?? 0)
  const timeOf = (ms: string | undefined) => (partRows === 0 ? undefined : new Date(Number(ms)))
  return {
    rows: Number(row?.rows ?? 0),
    checksum: row?.checksum ?? '0',
    partRows,
    firstTime: timeOf(row?.first),
    lastTime: timeOf(row?.last),
  }
}

function fileQuery(store: Store, hour: PinnedHour, options: ReadOptions): Query {
  const { columns, fileFormat, licenseKey, compression, type = 'SESSIONS' } = options
  const table = hourTables[type]
  const { name: own, order } = table
  const format = formats[fileFormat]
  const isCsv = fileFormat === 'CSV'
  const expressions = columns.map(({ name, type }) =>
    isCsv && type === 'Array(String)' ? `toJSONString(${own}.${name}) AS ${name}` : name,
  )
  return {
    sql: `SELECT ${expressions.join(', ')} FROM ${store.named(own)} FINAL
      WHERE ${hourCondition(store, table, hour)}
        AND ${own}.time >= {partStart:DateTime64(3, 'UTC')}
        AND ${own}.time < {partEnd:DateTime64(3, 'UTC')}
      ORDER BY license_key, toStartOfHour(time), ${order.join(', ')}
      FORMAT ${format.name}`,
    parameters: parametersOf(hour, licenseKey),
    settings: {
      ...readSettings,
      ...format.settings,
      ...(!isCsv && { output_format_parquet_compression_method: compression.toLowerCase() }),
    },
  }
}

/** Duplicates are looked up only where the closing found some. */
function hourCondition(store: Store, table: HourTable, hour: PinnedHour): string {
  const rows =
    'license_key = {license:String}' +
    " AND toStartOfHour(time) = {hour:DateTime('UTC')}" +
    " AND time >= {hourStart:DateTime64(3, 'UTC')} AND time < {hourEnd:DateTime64(3, 'UTC')}" +
    " AND stored_at < {before:DateTime64(3, 'UTC')}"
  if (hour.duplicates === 0) return rows
  return `${rows} AND (${keyOf(table)}) NOT IN (
    SELECT ${keyOf(table)} FROM ${store.named(table.duplicates)}
    WHERE license_key = {license:String} AND hour = {hour:DateTime('UTC')})`
}

function parametersOf(hour: PinnedHour, licenseKey: string) {
  const start = hourOf(hour.start)
  return {
    license: licenseKey,
    hour: storedSecond(start),
    hourStart: storedTime(start),
    hourEnd: storedTime(plusMs(start, HOUR_MS)),
    partStart: storedTime(hour.start),
    partEnd: storedTime(hour.end),
    before: storedTime(hour.storedBefore),
  }
}
