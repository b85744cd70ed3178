import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { extname } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { UsageError } from './exit.ts'

// What `import` reads. Whether something is packed is told by its first bytes: a pipe has no name that tells.

export const contentTypes = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
} as const
export type Format = keyof typeof contentTypes
export const formats = Object.keys(contentTypes) as Format[]
const formatsByEnding = new Map<string, Format>([
  ['.ndjson', 'ndjson'],
  ['.jsonl', 'ndjson'],
  ['.csv', 'csv'],
  ['.parquet', 'parquet'],
])

const STANDARD_INPUT = '-'
/** https://www.rfc-editor.org/rfc/rfc1952#page-5 */
const GZIP = Buffer.from([0x1f, 0x8b])

/** Something to send: its bytes, and what they are. */
export interface Source {
  readonly file: string
  readonly format: Format
  readonly isGzipped: boolean
  /** Undefined: a pipe, which can be read once. */
  readonly size: { bytes: number; modifiedMs: number } | undefined
  /** Its bytes as they lie there; of a pipe, all that there are. */
  open(start?: number): Readable
}

/** Before anything is sent: a file that cannot be read stops all. */
export async function sourceOf(file: string, asked: Format | undefined): Promise<Source> {
  const format = asked ?? formatOf(file)
  if (file === STANDARD_INPUT) return pipeOf(file, format, process.stdin)
  try {
    await using handle = await open(file)
    const stats = await handle.stat()
    if (stats.isDirectory())
      throw new UsageError(`${file} is a directory. Name its files: ${file}/*.${format}`)
    if (!stats.isFile()) return await pipeOf(file, format, createReadStream(file))
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(GZIP.length), 0)
    return {
      file,
      format,
      isGzipped: bytesRead === GZIP.length && buffer.equals(GZIP),
      size: { bytes: stats.size, modifiedMs: stats.mtimeMs },
      open: (start = 0) => createReadStream(file, { start }),
    }
  } catch (error) {
    throw error instanceof UsageError ? error : unreadable(file, error)
  }
}

function unreadable(file: string, error: unknown): UsageError {
  const { code } = Object(error)
  const why = code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read (${code}).`
  return new UsageError(`${why} Nothing was imported.`)
}

function formatOf(file: string): Format {
  const format = formatsByEnding.get(extname(file.replace(/\.gz$/, '')).toLowerCase())
  if (format !== undefined) return format
  if (file === STANDARD_INPUT) throw new UsageError('For the standard input, add --format.')
  const known = [...formatsByEnding.keys()].join(', ')
  throw new UsageError(`${file} must end in ${known} (and .gz), or add --format.`)
}

async function pipeOf(file: string, format: Format, pipe: Readable): Promise<Source> {
  const chunks: AsyncIterator<Buffer> = pipe[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < GZIP.length) {
    const { value, done } = await chunks.next()
    if (done) break
    head = Buffer.concat([head, value])
  }
  async function* all() {
    yield head
    for (;;) {
      const { value, done } = await chunks.next()
      if (done) return
      yield value
    }
  }
  const isGzipped = head.subarray(0, GZIP.length).equals(GZIP)
  return { file, format, isGzipped, size: undefined, open: () => Readable.from(all()) }
}

/** The rows' bytes, unpacked, from a place on. Throws UsageError for packed bytes that are not whole. */
export async function* openRows(source: Source, start: number): AsyncGenerator<Buffer> {
  if (!source.isGzipped) {
    yield* source.open(start) as AsyncIterable<Buffer>
    return
  }
  let skip = start
  // What fails is thrown where the chunks are read.
  const unpacked = pipeline(source.open(), createGunzip(), () => {})
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      if (chunk.length > skip) yield chunk.subarray(skip)
      skip = Math.max(0, skip - chunk.length)
    }
  } catch (error) {
    if (!String(Object(error).code).startsWith('Z_')) throw error
    const { message } = error as Error
    throw new UsageError(`${source.file} is not whole: its gzip cannot be unpacked (${message}).`)
  }
}
