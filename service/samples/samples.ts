/**
 * The rows: append them, close an hour, count them, and write one hour as CSV or Parquet. They live in
 * ClickHouse; what was promised about them (leases, closed hours, revisions) lives in the database.
 */
import type { SampleColumn, SampleValue } from './column.ts'
import type { HourCount } from './count-hours.ts'
import type { Deletions } from './deletion.ts'
import type { Impressions, Row } from './impressions.ts'
import type { NewestRows } from './newest-rows.ts'
import type { SampleType } from './tables.ts'

export { adColumns } from './ad-columns.ts'
export { columnForms, isId, mistakeOfValue, type SampleColumn, type SampleValue } from './column.ts'
export { CUSTOM_DATA_FIELDS, sampleColumns } from './columns.ts'
export type { HourCount } from './count-hours.ts'
export type { Deletions, HeldHour, PersonRef, PersonRows } from './deletion.ts'
export { errorDetailColumns } from './error-detail-columns.ts'
export type { Filter, FilterOperator } from './filters.ts'
export type { ImpressionRef, Row } from './impressions.ts'
export { openSamples } from './open-samples.ts'
export { resolveColumns } from './resolve-columns.ts'
export { SERVER_VERSION_MIN, schemaStatements } from './schema.ts'
export { inspectSampleStore } from './store.ts'
export type { SampleType } from './tables.ts'

/** Half-open, UTC. */
export interface Window {
  start: Date
  end: Date
}

/** What packs a file: CSV as a whole, the pages of Parquet inside it. */
export type Compression = 'NONE' | 'GZIP' | 'ZSTD' | 'SNAPPY'

/** One row in column form: snake_case names; what is absent is null. */
export type Sample = Record<string, SampleValue | undefined>

export interface LicenseRef {
  licenseKey: string
  retentionDays: number
}

/**
 * One hour of some licenses, or the part of it that lies in a window, as it stood when it was pinned. Plain JSON
 * but for its instants.
 */
export interface PinnedHour extends Window {
  licenses: PinnedLicense[]
}

export interface PinnedLicense {
  licenseKey: string
  /** 0: nothing was ever stored in this hour. */
  revision: number
  storedBefore: Date
  /** Of the whole hour, as its closing recorded them. */
  rows: number
  duplicates: number
  checksum: string
}

export interface HourFile {
  rows: number
  firstTime: Date | undefined
  lastTime: Date | undefined
  /** Where its bytes come from: `open` of the module, given the argument, in whatever thread writes them. */
  source: { module: string; argument: unknown }
}

/** Samples with times of their own, into any hour. */
export interface Backfill extends AsyncDisposable {
  /** Resolves when durable. Each row has `time`, `impression_id` and `sequence_number`. */
  insert(samples: Sample[]): Promise<void>
  /** Resolves when every closed hour that was touched has its revision. `rows` counts what was inserted. */
  finish(): Promise<{ rows: number }>
  /** Stops. What was inserted stays, and its hours get their revisions. */
  abandon(): Promise<void>
}

export interface Samples extends AsyncDisposable {
  /** Stamps `time`, inserts, and resolves when durable. Throws TransientError when the store cannot take them. */
  append(license: LicenseRef, samples: Sample[]): Promise<void>
  /** As `append`. Each row has `ad_impression_id`, and the `body_hash` of what the player sent. */
  appendAds(license: LicenseRef, ads: Sample[]): Promise<void>
  /** As `append`. Each row has `impression_id` and `error_id`. No file has them. */
  appendErrorDetails(license: LicenseRef, details: Sample[]): Promise<void>
  openBackfill(license: LicenseRef): Promise<Backfill>
  /** Every hour before this instant is closed: all that was received for it is stored and counted. */
  watermark(): Promise<Date>
  /**
   * The newest revision of each hour in the window, for each of the licenses. Waits for nothing; an hour that is
   * open or has expired is an error.
   */
  pinHours(licenseKeys: readonly string[], window: Window, type?: SampleType): Promise<PinnedHour[]>
  /**
   * The newest revision of a pinned hour, if rows of a person were deleted since it was pinned, so that it
   * cannot be read any more.
   */
  pinAgain(hour: PinnedHour, type: SampleType): Promise<PinnedHour | undefined>
  /**
   * One pinned hour as a file, the same bytes every time. It throws TransientError, and so does its source,
   * when the store has other rows than were recorded.
   */
  readHour(
    hour: PinnedHour,
    options: {
      /** As it was pinned; absent: SESSIONS. */
      type?: SampleType
      columns: readonly SampleColumn[]
      fileFormat: 'CSV' | 'PARQUET'
      compression: Compression
      signal: AbortSignal
    },
  ): Promise<HourFile>
  readonly impressions: Impressions
  readonly deletions: Deletions
  /** Every hour that the window touches, in order, open ones too; the licenses together. */
  countHours(licenseKeys: readonly string[], window: Window, type: SampleType): Promise<HourCount[]>
  /** The newest first, of a window that may reach into open hours. */
  readNewestRows(query: NewestRows): Promise<Row[]>
  /** How many bytes a file of the newest rows alone would have. */
  measureNewestRows(
    query: NewestRows & { fileFormat: 'CSV' | 'PARQUET'; compression: Compression },
  ): Promise<{ rows: number; bytes: number }>
  /** By license: impressions that were played. */
  countPlays(licenseKeys: readonly string[]): Promise<Map<string, number>>
  /** Throws TransientError when the store does not answer. */
  ping(): Promise<void>
  /** Ends when what is in flight has ended. */
  close(): Promise<void>
}
