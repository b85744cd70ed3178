import { UsageError } from './exit.ts'

/** Rows of a file that go to the service in one request, so that a break costs one piece and no more. */
export interface Piece {
  /** What is sent: whole rows, with the header of a CSV file in front. */
  bytes: Buffer<ArrayBuffer>
  /** Where the next piece begins: bytes and lines of the file, unpacked. */
  end: Place
  /** To a line of what is sent, add this for the line of the file. */
  lineOffset: number
}

export interface Place {
  byte: number
  line: number
  /** Of a CSV file: its first record. */
  header?: string
}

const PIECE_BYTES = 16 * 1024 ** 2
/** Without the end of a row in so many bytes, there is none. */
const ROW_BYTES_MAX = 4 * PIECE_BYTES
const NEWLINE = 0x0a
const QUOTE = 0x22

/**
 * Cuts a file's bytes, from `from` on, at the ends of rows: lines of NDJSON, records of CSV (RFC 4180, whose
 * quoted fields may hold newlines). Throws UsageError where no row ends.
 */
export async function* cutRows(
  chunks: AsyncIterable<Buffer>,
  options: { format: 'ndjson' | 'csv'; from?: Place; pieceBytes?: number },
): AsyncGenerator<Piece> {
  const { format, from = { byte: 0, line: 0 }, pieceBytes = PIECE_BYTES } = options
  const end = rowEnds(format)
  let place: Place = from
  let waiting: Buffer[] = []
  let bytes = 0
  let lastEnd = 0
  const cut = (length: number): Piece => {
    const all = Buffer.concat(waiting)
    const piece = pieceOf(all.subarray(0, length), place, format)
    waiting = length < all.length ? [all.subarray(length)] : []
    bytes -= length
    lastEnd = 0
    place = piece.end
    return piece
  }
  for await (const chunk of chunks) {
    const found = end(chunk)
    if (found > 0) lastEnd = bytes + found
    waiting.push(chunk)
    bytes += chunk.length
    if (bytes >= pieceBytes && lastEnd > 0) yield cut(lastEnd)
    if (bytes > ROW_BYTES_MAX) throw endless(place.line + 1, format)
  }
  if (bytes > 0) yield cut(bytes)
}

/** Called with one chunk after the other: how many of its bytes end with a row; 0: none does. */
function rowEnds(format: 'ndjson' | 'csv'): (chunk: Buffer) => number {
  if (format === 'ndjson') return (chunk) => chunk.lastIndexOf(NEWLINE) + 1
  let isQuoted = false
  return (chunk) => {
    let last = 0
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at]
      if (byte === QUOTE) isQuoted = !isQuoted
      else if (byte === NEWLINE && !isQuoted) last = at + 1
    }
    return last
  }
}

function pieceOf(rows: Buffer<ArrayBuffer>, from: Place, format: 'ndjson' | 'csv'): Piece {
  const line = from.line + countLines(rows)
  const byte = from.byte + rows.length
  if (format === 'ndjson') return { bytes: rows, end: { byte, line }, lineOffset: from.line }
  const header = from.header ?? headerOf(rows)
  const isFirst = from.header === undefined
  return {
    bytes: isFirst ? rows : Buffer.concat([Buffer.from(header), rows]),
    end: { byte, line, header },
    lineOffset: isFirst ? 0 : from.line - countLines(Buffer.from(header)),
  }
}

function headerOf(rows: Buffer): string {
  let isQuoted = false
  for (let at = 0; at < rows.length; at += 1) {
    if (rows[at] === QUOTE) isQuoted = !isQuoted
    else if (rows[at] === NEWLINE && !isQuoted) return rows.subarray(0, at + 1).toString()
  }
  return rows.toString()
}

function countLines(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1
  return count
}

function endless(line: number, format: 'ndjson' | 'csv'): UsageError {
  const why = format === 'csv' ? 'a quote after it may not be closed' : 'it is no line of NDJSON'
  return new UsageError(`The row in line ${line} has no end: ${why}. What came before is stored.`)
}
