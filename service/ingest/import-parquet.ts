import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from 'hyparquet'
import { compressors } from '#compressors'
import { CallerError, invalidRequest, TransientError } from '#errors'
import type { SentRow } from './import-rows.ts'

// What a Parquet file holds stands at its end, so it lies on disk, without a name, while it is read.

/** Bytes of one file on disk, and how many of them at once. */
const FILE_BYTES_MAX = 2 * 1024 ** 3
const FILES_MAX = 4
/** Bytes of one row group, unpacked, as the file tells them: it is decoded in memory. */
const ROW_GROUP_BYTES_MAX = 1024 ** 3
/** Rows that are decoded together. */
const SLICE_ROWS = 65_536

let files = 0

/** The rows of a Parquet file; a row's line is its number, from 1. Throws CallerError for what is no such file. */
export async function* readParquet(body: Readable): AsyncGenerator<SentRow> {
  if (files >= FILES_MAX)
    throw new TransientError('SAMPLES_UNAVAILABLE', 'Other Parquet files are being imported.', {
      retryAfterSeconds: 30,
    })
  files += 1
  try {
    await using handle = await openNameless()
    const file = bufferOf(handle, await fill(handle, body))
    const metadata = await parquetMetadataAsync(file).catch(refuse)
    let line = 0
    for (const { start, end } of slicesOf(metadata)) {
      const slice = { file, metadata, compressors, rowStart: start, rowEnd: end }
      for (const row of await parquetReadObjects(slice).catch(refuse)) {
        line += 1
        yield { line, sent: plain(row) }
      }
    }
  } finally {
    files -= 1
  }
}

async function openNameless(): Promise<FileHandle> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-import-'))
  try {
    return await open(join(directory, 'rows.parquet'), 'wx+', 0o600)
  } finally {
    await rm(directory, { recursive: true })
  }
}

async function fill(handle: FileHandle, body: Readable): Promise<number> {
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > FILE_BYTES_MAX) throw tooLarge(`has more than ${FILE_BYTES_MAX} bytes`)
    await handle.appendFile(chunk)
  }
  return bytes
}

function bufferOf(handle: FileHandle, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    slice: async (start, end = byteLength) => {
      const bytes = new Uint8Array(end - start)
      await handle.read(bytes, 0, bytes.length, start)
      return bytes.buffer
    },
  }
}

/** Never over the border of a row group, which would be decoded twice. */
function slicesOf(metadata: FileMetaData): { start: number; end: number }[] {
  const slices: { start: number; end: number }[] = []
  let start = 0
  for (const group of metadata.row_groups) {
    if (Number(group.total_byte_size) > ROW_GROUP_BYTES_MAX)
      throw tooLarge(
        `has a row group of more than ${ROW_GROUP_BYTES_MAX} bytes: write smaller ones`,
      )
    const groupEnd = start + Number(group.num_rows)
    for (; start < groupEnd; start = Math.min(start + SLICE_ROWS, groupEnd))
      slices.push({ start, end: Math.min(start + SLICE_ROWS, groupEnd) })
  }
  return slices
}

/** Values as NDJSON would have them. */
function plain(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]))
}

function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  return value
}

function refuse(error: unknown): never {
  const text = error instanceof Error ? error.message : String(error)
  throw invalidRequest([{ field: 'body', text: `is no Parquet file that can be read: ${text}` }])
}

function tooLarge(text: string): CallerError {
  return new CallerError('TOO_LARGE', `The Parquet file ${text}.`, {
    mistakes: [{ field: 'body', text }],
  })
}
