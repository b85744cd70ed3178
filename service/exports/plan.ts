import { createHash } from 'node:crypto'
import type { Compression, SampleType, Window } from '#samples'

export type FileFormat = 'CSV' | 'PARQUET'

/** What each format can be packed with; the first is what it is when nobody asks. */
export const compressions = {
  CSV: ['NONE', 'GZIP', 'ZSTD'],
  PARQUET: ['ZSTD', 'SNAPPY'],
} as const satisfies Record<FileFormat, readonly Compression[]>

/** FLAT: all objects in one folder. HIVE: `dt=YYYY-MM-DD/hour=HH/`, as engines partition tables. */
export type Layout = 'FLAT' | 'HIVE'

/** What files hold and how they are written. */
export interface ExportContent {
  /** Of a license, or the id of a virtual license. */
  licenseKey: string
  type: SampleType
  /** In any of the accepted spellings; all columns when absent. */
  columns: string[] | undefined
  fileFormat: FileFormat
  compression: Compression
  layout: Layout
}

/** What a task's files and their bytes follow from. */
interface TaskPlan {
  readonly id: string
  readonly window: Window
  readonly fileFormat: FileFormat
  readonly compression: Compression
  readonly layout: Layout
  /** The how-manieth file of its hours this is: a later revision of an hour has a file of its own. */
  readonly fileNumber: number
  /** Below which all its objects lie: the output's prefix and the task's path, ends in `/`. */
  readonly keyPrefix: string
}

/** One object of a task; without a window it is the manifest. */
export interface PlannedFile {
  readonly position: number
  readonly objectKey: string
  readonly window: Window | undefined
}

export const hourMs = 3_600_000
export const windowHoursMax = 90 * 24
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const objectKeyBytesMax = 1024

/**
 * One file per hour of the window, in order, and the manifest last. The first may start and the last may
 * end inside an hour. Keys depend on the task alone: planning twice plans the same.
 */
export function planFiles(task: TaskPlan): PlannedFile[] {
  const files = hoursOf(task.window).map((window, position) => ({
    position,
    objectKey: `${task.keyPrefix}${partitionOf(window.start, task.layout)}${fileName(window.start, task)}`,
    window,
  }))
  const objectKey = `${besideFiles(task)}manifest-${task.id}.json`
  return [...files, { position: files.length, objectKey, window: undefined }]
}

/** The hours of a half-open window, in UTC, cut to it. */
export function hoursOf(window: Window): Window[] {
  const hours: Window[] = []
  const end = window.end.getTime()
  for (let start = window.start.getTime(); start < end; ) {
    const next = Math.min((Math.floor(start / hourMs) + 1) * hourMs, end)
    hours.push({ start: new Date(start), end: new Date(next) })
    start = next
  }
  return hours
}

export function windowHours(window: Window): number {
  return (window.end.getTime() - window.start.getTime()) / hourMs
}

/**
 * The folder of the objects that are no samples. Whoever reads a whole partitioned table leaves out what
 * begins with `_`; in the flat layout the manifest lies among the files, as it always has.
 */
export function besideFiles(task: Pick<TaskPlan, 'keyPrefix' | 'layout'>): string {
  return task.layout === 'HIVE' ? `${task.keyPrefix}_sluice/` : task.keyPrefix
}

function partitionOf(start: Date, layout: Layout): string {
  const instant = start.toISOString()
  return layout === 'HIVE' ? `dt=${instant.slice(0, 10)}/hour=${instant.slice(11, 13)}/` : ''
}

const endings = { NONE: '.csv', GZIP: '.csv.gz', ZSTD: '.csv.zst' }

/** `yyyy-MM-dd-HH-mm` in UTC, and the number of a file that is not its hour's first. */
function fileName(
  start: Date,
  {
    fileFormat,
    compression,
    fileNumber,
  }: Pick<TaskPlan, 'fileFormat' | 'compression' | 'fileNumber'>,
): string {
  const minutes = start.toISOString().slice(0, 16).replace(/[T:]/g, '-')
  const number = fileNumber === 1 ? '' : `-r${fileNumber}`
  const ending =
    fileFormat === 'CSV' && compression !== 'SNAPPY' ? endings[compression] : '.parquet'
  return `${minutes}${number}${ending}`
}

/** The prefix of all keys: the output's own as it is, since policies name it, then the task's path. */
export function keyPrefixOf(pathPrefix: string | undefined, outputPath: string): string {
  const path = outputPath.split('/').filter((name) => name !== '')
  const prefix = pathPrefix === undefined ? '' : pathPrefix.replace(/\/?$/, '/')
  return `${prefix}${path.join('/')}/`
}

/** What is wrong with a task's path, in words; undefined when nothing is. */
export function mistakeOfPath(outputPath: string): string | undefined {
  if (outputPath.trim() === '') return 'must not be empty'
  if (outputPath.startsWith('/')) return 'must be relative: it must not begin with /'
  if (outputPath.includes('\\')) return 'must not contain backslashes; folders are separated by /'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(outputPath)) return 'must not contain control characters'
  if (!outputPath.isWellFormed()) return 'must be valid Unicode'
  if (outputPath.split('/').some((name) => name === '.' || name === '..'))
    return 'must not contain . or .. as a folder'
  return undefined
}

/** The longest key a task can have there, in bytes of UTF-8: the manifest's. */
export function longestKeyBytes(place: Pick<TaskPlan, 'keyPrefix' | 'layout'>): number {
  const manifestName = `manifest-${'x'.repeat(36)}.json`
  return Buffer.byteLength(besideFiles(place) + manifestName)
}

/** A fingerprint of what decides the bytes: tasks that share it write the same files. */
export function definitionOf(task: {
  licenseKeys: readonly string[]
  type: string
  columns: readonly string[]
  fileFormat: FileFormat
  compression: Compression
  window: Window
}): string {
  const { licenseKeys, type, columns, fileFormat, compression, window } = task
  const [licenseKey, ...others] = licenseKeys
  const parts: unknown[] = [
    others.length === 0 ? licenseKey : licenseKeys,
    type,
    columns,
    fileFormat,
    window.start,
    window.end,
  ]
  // Fingerprints that are stored know of no other compression than the format's own.
  if (compression !== compressions[fileFormat][0]) parts.push(compression)
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
