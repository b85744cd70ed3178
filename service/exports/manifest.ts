import type { Compression, SampleColumn, Window } from '#samples'
import type { FileFormat } from './plan.ts'

/** A file as the claim and the delivery know it. */
export interface DeliveredFile {
  readonly objectKey: string
  readonly window: Window
  /** Of the hour, as each license had it. */
  readonly revisions: readonly { licenseKey: string; revision: number }[]
  /** Of two files of one hour the one with the higher number counts. */
  readonly number: number
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
  readonly md5: string
  readonly firstTime: Date | undefined
  readonly lastTime: Date | undefined
}

interface ManifestParts {
  readonly taskId: string
  readonly createdAt: Date
  /** As the task names it: a license's key or a virtual license's id. */
  readonly licenseKey: string
  readonly licenseKeys: readonly string[]
  readonly type: string
  readonly fileFormat: FileFormat
  readonly compression: Compression
  readonly window: Window
  /** Everything before this instant was stored when the task started. */
  readonly watermark: Date
  readonly columns: readonly SampleColumn[]
  readonly files: readonly DeliveredFile[]
}

/**
 * The last object of an export: what lies beside it, so that a reader can tell a complete export from a
 * broken one without us. Made of durable facts only, hence the same bytes however often it is made.
 */
export function writeManifest(parts: ManifestParts): Uint8Array {
  const { files } = parts
  const manifest = {
    version: 1,
    taskId: parts.taskId,
    createdAt: parts.createdAt,
    licenseKey: parts.licenseKey,
    licenseKeys: parts.licenseKeys,
    type: parts.type,
    fileFormat: parts.fileFormat,
    compression: parts.compression,
    window: { start: parts.window.start, end: parts.window.end },
    watermark: parts.watermark,
    columns: parts.columns.map(({ name, type, unit }) => ({ name, type, unit })),
    rows: sum(files.map((file) => file.rows)),
    bytes: sum(files.map((file) => file.bytes)),
    files: files.map((file) => ({
      objectKey: file.objectKey,
      hour: { start: file.window.start, end: file.window.end },
      ...revisionOf(file),
      number: file.number,
      rows: file.rows,
      bytes: file.bytes,
      sha256: file.sha256,
      md5: file.md5,
      firstTime: file.firstTime ?? null,
      lastTime: file.lastTime ?? null,
    })),
  }
  return Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`)
}

/** A number where there is one license, else one for each. */
function revisionOf({ revisions }: DeliveredFile) {
  const [first, ...others] = revisions
  return others.length === 0 ? { revision: first?.revision ?? 0 } : { revisions }
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
