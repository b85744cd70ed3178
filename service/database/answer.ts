/** What PostgreSQL says to one statement: https://www.postgresql.org/docs/current/protocol-message-formats.html. */
import { protocol } from '@electric-sql/pglite'

export interface Answer {
  rows: Record<string, unknown>[]
  /** Of parameters, by their place, and of columns: there when the statement was described. */
  parameterTypes: number[]
  columns: Column[]
  /** The first word of what was carried out. */
  command: string
  /** Those that were inserted, updated or deleted. */
  affectedRows: number
}

export interface Column {
  readonly name: string
  /** Absent: text is what is wanted. */
  readonly parse: ((text: string) => unknown) | undefined
}

export type Parsers = Record<number, ((text: string, type: number) => unknown) | undefined>

const ERROR = 'E'.charCodeAt(0)
const PARAMETERS = 't'.charCodeAt(0)
const COLUMNS = 'T'.charCodeAt(0)
const ROW = 'D'.charCodeAt(0)
const COMPLETE = 'C'.charCodeAt(0)

const INT16_BYTES = 2
const INT32_BYTES = 4
/** Of a column behind its name: table, number, type, size, modifier, format. */
const COLUMN_BYTES = 18
const TYPE_AT = 6

/** Throws the error that the answer tells of. Rows have these columns, unless the answer names its own. */
export function readAnswer(
  bytes: Buffer,
  { parsers, columns }: { parsers: Parsers; columns: Column[] },
): Answer {
  const answer: Answer = { rows: [], parameterTypes: [], columns, command: '', affectedRows: 0 }
  for (let at = 0; at < bytes.length; ) {
    const kind = bytes[at]
    const start = at + 1 + INT32_BYTES
    at += 1 + bytes.readInt32BE(at + 1)
    if (kind === ROW) answer.rows.push(readRow(bytes, start, answer.columns))
    else if (kind === COMPLETE)
      Object.assign(answer, readTag(bytes.toString('utf8', start, at - 1)))
    else if (kind === PARAMETERS) answer.parameterTypes = readTypes(bytes, start)
    else if (kind === COLUMNS) answer.columns = readColumns(bytes, start, parsers)
    else if (kind === ERROR) throw errorOf(bytes)
  }
  return answer
}

const changing = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

/** As `INSERT 0 1`, `UPDATE 3` or `BEGIN`. */
function readTag(tag: string): Pick<Answer, 'command' | 'affectedRows'> {
  const [command = '', ...counts] = tag.split(' ')
  return { command, affectedRows: changing.has(command) ? Number(counts.at(-1)) : 0 }
}

function readRow(bytes: Buffer, start: number, columns: Column[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  let at = start + INT16_BYTES
  for (const { name, parse } of columns) {
    const length = bytes.readInt32BE(at)
    at += INT32_BYTES
    if (length < 0) {
      row[name] = null
      continue
    }
    const text = bytes.toString('utf8', at, at + length)
    row[name] = parse === undefined ? text : parse(text)
    at += length
  }
  return row
}

function readTypes(bytes: Buffer, start: number): number[] {
  const count = bytes.readInt16BE(start)
  return Array.from({ length: count }, (_, index) =>
    bytes.readUInt32BE(start + INT16_BYTES + index * INT32_BYTES),
  )
}

function readColumns(bytes: Buffer, start: number, parsers: Parsers): Column[] {
  let at = start + INT16_BYTES
  return Array.from({ length: bytes.readInt16BE(start) }, () => {
    const nameEnd = bytes.indexOf(0, at)
    const name = bytes.toString('utf8', at, nameEnd)
    const type = bytes.readUInt32BE(nameEnd + 1 + TYPE_AT)
    at = nameEnd + 1 + COLUMN_BYTES
    const parse = parsers[type]
    return { name, parse: parse && ((text: string) => parse(text, type)) }
  })
}

/** Errors are rare and have many members, so PGlite's own reader may take its time. */
function errorOf(bytes: Buffer): Error {
  let found: unknown
  new protocol.Parser().parse(bytes, (message) => {
    if (message.name === 'error') found ??= message
  })
  return found instanceof Error ? found : new Error('The database has failed without a word.')
}
