import { createHash } from 'node:crypto'
import type { Window } from '#samples'

export type FileFormat = 'CSV' | 'PARQUET'

/** What a task's files and their bytes follow from. */
export interface TaskPlan {
  readonly id: string
  readonly window: Window
  readonly fileFormat: FileFormat
  /** Below which all its objects lie: the output's prefix and the task's path, ends in `/`. */
  readonly keyPrefix: string
}

/** One object of a task; without a window it is the manifest. */
export interface PlannedFile {
  readonly position: number
  readonly objectKey: string
  readonly window: Window | undefined
}

const hourMs = 3_600_000
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
    objectKey: `${task.keyPrefix}${fileName(window.start, task.fileFormat)}`,
    window,
  }))
  const objectKey = `${task.keyPrefix}manifest-${task.id}.json`
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

/** `yyyy-MM-dd-HH-mm` in UTC. */
function fileName(start: Date, fileFormat: FileFormat): string {
  const minutes = start.toISOString().slice(0, 16).replace(/[T:]/g, '-')
  return `${minutes}.${fileFormat === 'CSV' ? 'csv' : 'parquet'}`
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

/** The longest key a task with this prefix can have, in bytes of UTF-8. */
export function longestKeyBytes(keyPrefix: string): number {
  const manifestName = `manifest-${'x'.repeat(36)}.json`
  return Buffer.byteLength(keyPrefix + manifestName)
}

/** A fingerprint of what decides the bytes: tasks that share it write the same files. */
export function definitionOf(task: {
  licenseKeys: readonly string[]
  type: string
  columns: readonly string[]
  fileFormat: FileFormat
  window: Window
}): string {
  const { licenseKeys, type, columns, fileFormat, window } = task
  const [licenseKey, ...others] = licenseKeys
  const parts = [
    others.length === 0 ? licenseKey : licenseKeys,
    type,
    columns,
    fileFormat,
    window.start,
    window.end,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
