import { plainTypeOf, type SampleColumn } from './column.ts'
import { HOUR_MS, hourOf, plusMs, storedSecond, storedTime } from './hour.ts'
import { type HourArgument, incomplete } from './hour-source.ts'
import type { Compression, HourFile, PinnedHour, PinnedLicense } from './samples.ts'
import { finalSettings } from './schema.ts'
import type { Query, Store } from './store.ts'
import { ROW_HASH } from './summaries.ts'
import { type HourTable, hourTables, keyOf, type SampleType } from './tables.ts'

/** What a file holds, and how. */
export interface FileForm {
  /** Absent: SESSIONS. */
  type?: SampleType
  columns: readonly SampleColumn[]
  fileFormat: 'CSV' | 'PARQUET'
  compression: Compression
}

interface ReadOptions extends FileForm {
  signal: AbortSignal
}

/** Of an hour that lies in several parts. Not every server knows them. */
const mergeSettings = {
  query_plan_execute_functions_after_sorting: 0, // see `expressionOf`
  read_in_order_use_buffering: 0, // megabytes of each part, for threads that there are not
}

/**
 * CSV as RFC 4180 has it, with LF, a header line, ISO 8601 times and nothing for null. Parquet typed. One thread and no parallel formatting: the memory stays flat, and the same bytes come out twice.
 * https://clickhouse.com/docs/interfaces/formats
 */
const formats = {
  CSV: {
    name: 'CSVWithNames',
    settings: { date_time_output_format: 'iso', format_csv_null_representation: '' },
    settingsIfKnown: mergeSettings,
  },
  PARQUET: {
    name: 'Parquet',
    settings: {
      output_format_parquet_string_as_string: 1,
      output_format_parquet_parallel_encoding: 0,
      output_format_parquet_row_group_size: 32_768, // rows, all of which the encoder holds
    },
    // A tenth of the work of a file, for readers that look up single values of it.
    settingsIfKnown: { ...mergeSettings, output_format_parquet_write_bloom_filter: 0 },
  },
}

const readSettings = {
  max_block_size: 8192, // rows; each query holds a few blocks
  max_threads: 1,
  output_format_parallel_formatting: 0,
  ...finalSettings,
}

/** Of a few narrow columns, which make some megabytes. */
const COMPARED_ROWS = 65_536

/**
 * A pinned hour as a file. What the store has now is compared with what the closing of the hour recorded:
 * a replica that lags behind, or rows that are gone, never become a file. An hour in which nothing was ever stored
 * is not asked for: of a long window most are such, and a CSV of none is its header.
 */
export async function readHour(
  store: Store,
  hour: PinnedHour,
  options: ReadOptions,
): Promise<HourFile> {
  const isNothing = hour.licenses.every(({ revision }) => revision === 0)
  if (isNothing && options.fileFormat === 'CSV') return headerAlone(options)
  const { seen, isFinal, server } = isNothing
    ? { seen: [], isFinal: false, server: undefined }
    : await compare(store, hour, options)
  const parts = seen.filter(({ partRows }) => partRows > 0)
  const rows = parts.reduce((sum, { partRows }) => sum + partRows, 0)
  const argument: HourArgument = {
    store: store.options,
    query: fileQuery(store, hour, { ...options, isFinal, server }),
    start: hour.start,
    rows,
    compression: options.fileFormat === 'CSV' ? options.compression : 'NONE',
  }
  return {
    rows,
    firstTime: rows === 0 ? undefined : new Date(Math.min(...parts.map(({ first }) => first))),
    lastTime: rows === 0 ? undefined : new Date(Math.max(...parts.map(({ last }) => last))),
    source: { module, argument },
  }
}

const module = new URL('./hour-source.ts', import.meta.url).href

/** As CSVWithNames writes it. */
function headerAlone({ columns, compression }: ReadOptions): HourFile {
  const text = `${columns.map(({ name }) => `"${name}"`).join(',')}\n`
  const argument: HourArgument = { text, compression }
  return { rows: 0, firstTime: undefined, lastTime: undefined, source: { module, argument } }
}

/** Of one license. */
interface Seen {
  licenseKey: string
  rows: number
  checksum: string
  /** Of the part of the hour that lies in the window; its times are in ms. */
  partRows: number
  first: number
  last: number
  server: string
}

/** FINAL makes one row of those that have one key, and costs more than all else that a read does. */
interface Reading extends ReadOptions {
  isFinal: boolean
  /** The one whose rows were compared; absent: of a cluster. */
  server?: string | undefined
}

/**
 * Rows that are, without FINAL, exactly those recorded have a key each: then FINAL changes nothing. Not asked of
 * a cluster, where another replica, which has merged other rows, answers each shard's part.
 */
async function compare(
  store: Store,
  hour: PinnedHour,
  options: ReadOptions,
): Promise<{ seen: Seen[]; isFinal: boolean; server: string | undefined }> {
  const isCluster = store.options.cluster !== undefined
  if (!isCluster) {
    const seen = await lookAt(store, hour, { ...options, isFinal: false })
    if (findOther(hour, seen) === undefined)
      return { seen, isFinal: false, server: seen[0]?.server }
  }
  const seen = await lookAt(store, hour, { ...options, isFinal: true })
  const other = findOther(hour, seen)
  if (other !== undefined) throw incomplete(hour.start, other)
  return { seen, isFinal: true, server: isCluster ? undefined : seen[0]?.server }
}

/** The first license whose rows are not those that were recorded. */
function findOther({ licenses }: PinnedHour, all: Seen[]): Record<string, number> | undefined {
  for (const license of licenses) {
    const { rows = 0, checksum = '0' } = all.find((each) => isOf(each, license)) ?? {}
    if (rows !== license.rows || checksum !== license.checksum)
      return { recorded: license.rows, seen: rows }
  }
  return undefined
}

function isOf(seen: Seen, { licenseKey }: PinnedLicense): boolean {
  return seen.licenseKey === licenseKey
}

function tableOf(store: Store, { type = 'SESSIONS', isFinal }: Reading): string {
  return `${store.named(hourTables[type].name)}${isFinal ? ' FINAL' : ''}`
}

/** The whole hour, and the part of it that lies in the window: for the store to choose partitions by. */
const spans = {
  hour: "time >= {hourStart:DateTime64(3, 'UTC')} AND time < {hourEnd:DateTime64(3, 'UTC')}",
  part: "time >= {partStart:DateTime64(3, 'UTC')} AND time < {partEnd:DateTime64(3, 'UTC')}",
}

/** A license without any rows is absent. */
async function lookAt(store: Store, hour: PinnedHour, reading: Reading): Promise<Seen[]> {
  const { type = 'SESSIONS', signal } = reading
  const { part } = spans
  const rows = await store.rows<Record<keyof Seen, string>>({
    sql: `SELECT license_key AS licenseKey,
          toString(count()) AS rows, toString(sum(${ROW_HASH})) AS checksum,
          toString(countIf(${part})) AS partRows,
          toString(toUnixTimestamp64Milli(minIf(time, ${part}))) AS first,
          toString(toUnixTimestamp64Milli(maxIf(time, ${part}))) AS last,
          toString(serverUUID()) AS server
        FROM ${tableOf(store, reading)}
        WHERE ${hourCondition(store, hourTables[type], hour)} AND ${spans.hour}
        GROUP BY license_key`,
    parameters: parametersOf(hour),
    settings: { ...readSettings, max_block_size: COMPARED_ROWS },
    signal,
  })
  return rows.map((row) => ({
    licenseKey: row.licenseKey,
    rows: Number(row.rows),
    checksum: row.checksum,
    partRows: Number(row.partRows),
    first: Number(row.first),
    last: Number(row.last),
    server: row.server,
  }))
}

/** How a file's rows are asked for, whichever rows they are. */
export function formatOf({ columns, fileFormat, compression, type = 'SESSIONS' }: FileForm) {
  const { name: own } = hourTables[type]
  const format = formats[fileFormat]
  const isCsv = fileFormat === 'CSV'
  const expressions = columns.map((column) => expressionOf(column, { own, isCsv }))
  const packing = { output_format_parquet_compression_method: compression.toLowerCase() }
  return {
    expressions: expressions.join(', '),
    name: format.name,
    settings: { ...readSettings, ...format.settings, ...(!isCsv && packing) },
    settingsIfKnown: format.settingsIfKnown,
  }
}

/**
 * Rows of several parts are merged, and two thirds of that would be to look up what the dictionary of the one has in
 * that of the other; plain texts are copied. The license, by which parts are searched, stays what it is.
 */
function expressionOf(
  column: SampleColumn,
  { own, isCsv }: { own: string; isCsv: boolean },
): string {
  const { name, type, isNullable, isRepetitive } = column
  if (isCsv && type === 'Array(String)') return `toJSONString(${own}.${name}) AS ${name}`
  if (isRepetitive && isNullable) return `CAST(${own}.${name}, '${plainTypeOf(column)}') AS ${name}`
  return name
}

function fileQuery(store: Store, hour: PinnedHour, reading: Reading): Query {
  const table = hourTables[reading.type ?? 'SESSIONS']
  const { expressions, name, settings, settingsIfKnown } = formatOf(reading)
  return {
    sql: `SELECT ${expressions} FROM ${tableOf(store, reading)}
      WHERE ${hourCondition(store, table, hour)} AND ${spans.part}${sameRows(store, hour, reading)}
      ORDER BY license_key, toStartOfHour(time), ${table.order.join(', ')}
      FORMAT ${name}`,
    parameters: {
      ...parametersOf(hour),
      ...(reading.server !== undefined && { server: reading.server, ...sumOf(hour) }),
    },
    settings,
    settingsIfKnown,
  }
}

/**
 * One address may have several servers behind it, as ClickHouse Cloud's has: one that lags may lack rows and hold
 * as many twice. So another than the one whose rows were compared answers none, unless it has the same. The same
 * server settles this before it reads.
 */
function sameRows(store: Store, hour: PinnedHour, reading: Reading): string {
  if (reading.server === undefined) return ''
  return ` AND (serverUUID() = {server:UUID} OR ({rows:UInt64}, {checksum:UInt64}) IN (
    SELECT count(), sum(${ROW_HASH}) FROM ${tableOf(store, reading)}
    WHERE ${hourCondition(store, hourTables[reading.type ?? 'SESSIONS'], hour)} AND ${spans.hour}))`
}

/** Of all licenses: a sum of hashes wraps as the store's does. */
function sumOf({ licenses }: PinnedHour): { rows: string; checksum: string } {
  const rows = licenses.reduce((sum, license) => sum + license.rows, 0)
  const checksum = licenses.reduce((sum, license) => sum + BigInt(license.checksum), 0n)
  return { rows: String(rows), checksum: String(BigInt.asUintN(64, checksum)) }
}

/** Each license as it was pinned. Duplicates are looked up only where the closing found some. */
function hourCondition(store: Store, table: HourTable, { licenses }: PinnedHour): string {
  const ofLicenses = licenses.map(({ duplicates }, index) => {
    const own = `license_key = {license${index}:String}`
    const rows = `${own} AND stored_at < {before${index}:DateTime64(3, 'UTC')}`
    if (duplicates === 0) return `(${rows})`
    return `(${rows} AND (${keyOf(table)}) NOT IN (
      SELECT ${keyOf(table)} FROM ${store.named(table.duplicates)}
      WHERE ${own} AND hour = {hour:DateTime('UTC')}))`
  })
  return `(${ofLicenses.join(' OR ')}) AND toStartOfHour(time) = {hour:DateTime('UTC')}`
}

function parametersOf(hour: PinnedHour): Record<string, string> {
  const start = hourOf(hour.start)
  const ofLicenses = hour.licenses.flatMap(({ licenseKey, storedBefore }, index) => [
    [`license${index}`, licenseKey],
    [`before${index}`, storedTime(storedBefore)],
  ])
  return {
    ...Object.fromEntries(ofLicenses),
    hour: storedSecond(start),
    hourStart: storedTime(start),
    hourEnd: storedTime(plusMs(start, HOUR_MS)),
    partStart: storedTime(hour.start),
    partEnd: storedTime(hour.end),
  }
}
