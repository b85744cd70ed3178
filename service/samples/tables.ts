import { adColumns, bodyHashColumn } from './ad-columns.ts'
import type { SampleColumn } from './column.ts'
import { sampleColumns } from './columns.ts'
import { errorDetailColumns } from './error-detail-columns.ts'

/** What players send. Rows of a license with one key are one row: the first that was stored. */
export interface SampleTable {
  readonly name: 'samples' | 'ad_samples' | 'error_details'
  readonly columns: readonly SampleColumn[]
  /** Names the impression of playback that a row is of. */
  readonly impression: 'impression_id' | 'video_impression_id'
  /** Beside the license. A row must have them all. */
  readonly key: readonly SampleColumn[]
  /** Expressions that put the rows of a license, or of an hour of it, into a total order. */
  readonly order: readonly string[]
}

/** Whose hours are closed, and become files. */
export interface HourTable extends SampleTable {
  readonly type: SampleType
  readonly duplicates: 'sample_duplicates' | 'ad_sample_duplicates'
}

/** As export tasks say it. */
export type SampleType = 'SESSIONS' | 'ADS'

export const samplesTable: HourTable = {
  type: 'SESSIONS',
  name: 'samples',
  duplicates: 'sample_duplicates',
  columns: sampleColumns,
  impression: 'impression_id',
  key: pick(sampleColumns, 'impression_id', 'sequence_number'),
  order: ['impression_id', 'sequence_number'],
}

/** The hash is of all that was sent, the player's own time among it. */
export const adSamplesTable: HourTable = {
  type: 'ADS',
  name: 'ad_samples',
  duplicates: 'ad_sample_duplicates',
  columns: adColumns,
  impression: 'video_impression_id',
  key: [...pick(adColumns, 'ad_impression_id'), bodyHashColumn],
  order: ['ad_impression_id', "ifNull(client_time, toDateTime64(0, 3, 'UTC'))", 'body_hash'],
}

export const errorDetailsTable: SampleTable = {
  name: 'error_details',
  columns: errorDetailColumns,
  impression: 'impression_id',
  key: pick(errorDetailColumns, 'impression_id', 'error_id'),
  order: ['impression_id', 'error_id'],
}

export const hourTables: Readonly<Record<SampleType, HourTable>> = {
  SESSIONS: samplesTable,
  ADS: adSamplesTable,
}
export const sampleTables: readonly SampleTable[] = [
  samplesTable,
  adSamplesTable,
  errorDetailsTable,
]

/** All columns that a row can say, those for the key alone among them. */
export function columnsOf({ columns, key }: SampleTable): readonly SampleColumn[] {
  return [...new Set([...columns, ...key])]
}

/** The names of the key's columns, as SQL lists them. */
export function keyOf({ key }: SampleTable): string {
  return key.map(({ name }) => name).join(', ')
}

function pick(columns: readonly SampleColumn[], ...names: string[]): SampleColumn[] {
  return columns.filter(({ name }) => names.includes(name))
}
