import { Readable } from 'node:stream'
import { createGunzip, type Gunzip } from 'node:zlib'
import { CsvError, parse } from 'csv-parse'
import { invalidRequest } from '#errors'
import { readParquet } from './import-parquet.ts'

/** One line or record of an import, as it was sent. */
export type SentRow =
  | { readonly line: number; readonly sent: Record<string, unknown> }
  | { readonly line: number; readonly message: string }

/** Bytes of one row. Everything that a row may hold fits many times over. */
const ROW_BYTES_MAX = 1024 * 1024

export const importFormats = [
  'application/x-ndjson',
  'text/csv',
  'application/vnd.apache.parquet',
] as const
export type ImportFormat = (typeof importFormats)[number]

const readers: Record<ImportFormat, (body: Readable) => AsyncIterable<SentRow>> = {
  'application/x-ndjson': readNdjson,
  'text/csv': readCsv,
  'application/vnd.apache.parquet': readParquet,
}

/** The rows of a stream, one after the other; what is no row says why. Throws for what cannot be read on. */
export function readRows(
  body: Readable,
  { format, isGzipped }: { format: ImportFormat; isGzipped: boolean },
): AsyncIterable<SentRow> {
  return readers[format](isGzipped ? gunzip(body) : body)
}

function gunzip(body: Readable): Readable {
  const unzipped = createGunzip()
  body.on('error', (error) => unzipped.destroy(error))
  return Readable.from(chunksOf(body.pipe(unzipped)), { objectMode: false })
}

async function* chunksOf(unzipped: Gunzip): AsyncGenerator<Buffer> {
  try {
    yield* unzipped
  } catch (error) {
    if (!String(Object(error).code).startsWith('Z_')) throw error
    throw invalidRequest([{ field: 'body', text: 'is no gzip, or breaks off in its midst' }])
  }
}

const NEWLINE = 0x0a

async function* readNdjson(body: Readable): AsyncGenerator<SentRow> {
  let line = 0
  let rest: Buffer[] = []
  let restBytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      line += 1
      const row = readLine(Buffer.concat([...rest, chunk.subarray(from, at)]), line)
      if (row !== undefined) yield row
      rest = []
      restBytes = 0
      from = at + 1
    }
    if (from === chunk.length) continue
    rest.push(chunk.subarray(from))
    restBytes += chunk.length - from
    if (restBytes > ROW_BYTES_MAX) throw tooLong(line + 1)
  }
  const last = readLine(Buffer.concat(rest), line + 1)
  if (last !== undefined) yield last
}

/** Undefined for a line with nothing on it. */
function readLine(bytes: Buffer, line: number): SentRow | undefined {
  const text = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trim()
  if (text === '') return undefined
  try {
    const sent: unknown = JSON.parse(text)
    if (isRecord(sent)) return { line, sent }
  } catch {
    return { line, message: 'is no JSON' }
  }
  return { line, message: 'must be a JSON object' }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface CsvRow {
  record: Record<string, string>
  info: { lines: number }
}

/**
 * RFC 4180 with a header line. A field without quotes and without a text is null. A record of another
 * width is left out; behind a quote in the wrong place nobody can say where a record begins.
 */
async function* readCsv(body: Readable): AsyncGenerator<SentRow> {
  const parser = parse({
    bom: true,
    columns: true,
    info: true,
    max_record_size: ROW_BYTES_MAX,
    cast: (value, { quoting }) => (value === '' && !quoting ? null : value),
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error?.code === 'CSV_MAX_RECORD_SIZE') throw tooLong(Number(error.lines))
      parser.push(error) // in its place among the records
    },
  })
  body.on('error', (error) => parser.destroy(error))
  try {
    for await (const read of body.pipe(parser) as AsyncIterable<CsvRow | CsvError>) {
      if (!(read instanceof CsvError)) yield { line: read.info.lines, sent: read.record }
      else if (read.code.startsWith('CSV_RECORD_INCONSISTENT')) yield mistakeOf(read)
      else throw read
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const { line, message } = mistakeOf(error)
    yield { line, message: `${message}. Nothing after it was read` }
    body.resume() // the sender may go on, and hears of it in the answer
  }
}

function mistakeOf(error: CsvError): { line: number; message: string } {
  return { line: Number(error.lines ?? 0), message: `is no CSV: ${error.message}` }
}

function tooLong(line: number): Error {
  const text = `has more than ${ROW_BYTES_MAX} bytes in line ${line}`
  return invalidRequest([{ field: 'body', text }])
}
