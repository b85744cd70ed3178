import { codes, ServerError } from './server-error.ts'
import { readTokens, type Token } from './tokens.ts'

// What ClickHouse's HTTP interface knows of a statement before the engine sees it: whether rows come
// back or follow, and in which FORMAT. https://clickhouse.com/docs/interfaces/http

const DEFAULT_FORMAT = 'TabSeparated'

export type Statement =
  /** Rows come back: `before` and `after` stand around the FORMAT clause. */
  | { kind: 'read'; before: string; after: string; format: string }
  /** Rows follow, in the request's body or behind the statement. */
  | { kind: 'insert'; into: string; settings: string; format: string; rows?: string }
  | { kind: 'kill'; queryIds: string[]; waits: boolean; format: string }
  | { kind: 'command'; text: string; format: string }

interface StatementOptions {
  defaultFormat?: string | undefined
  /** The values of `{name:Type}` parameters, for KILL alone: the engine substitutes the others. */
  parameters?: URLSearchParams
}

const reads = new Set(
  ['SELECT', 'WITH', 'FROM', 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'EXISTS', 'CHECK'].concat('('),
)

/** Reads one statement. Throws SYNTAX_ERROR when there are several or none. */
export function readStatement(query: string, options: StatementOptions = {}): Statement {
  const defaultFormat = options.defaultFormat ?? DEFAULT_FORMAT
  const { tokens, rowsStart } = readTokens(query)
  const first = tokens[0]
  if (first === undefined) throw new ServerError(codes.SYNTAX_ERROR, 'Syntax error: Empty query')
  const statement = onlyStatement(tokens)
  const text = query.slice(first.start, statement.at(-1)?.end)
  const word = first.word ?? first.text
  if (rowsStart !== undefined) return readInsert(query, statement, rowsStart)
  if (word === 'KILL') return readKill(text, { ...options, defaultFormat })
  if (reads.has(word)) return readRead(query, statement, defaultFormat)
  return { kind: 'command', text, format: defaultFormat }
}

/** The tokens up to the semicolon, behind which nothing may stand. */
function onlyStatement(tokens: Token[]): Token[] {
  const semicolon = tokens.findIndex((token) => token.text === ';')
  if (semicolon === -1) return tokens
  const next = tokens.slice(semicolon).find((token) => token.text !== ';')
  if (next === undefined && semicolon > 0) return tokens.slice(0, semicolon)
  const place = `failed at position ${(next?.start ?? 0) + 1}`
  throw new ServerError(
    codes.SYNTAX_ERROR,
    `Syntax error (Multi-statements are not allowed): ${place}`,
  )
}

/** `SELECT … [FORMAT f] [SETTINGS …]`. FORMAT is the clause only where nothing else can follow it. */
function readRead(query: string, tokens: Token[], defaultFormat: string): Statement {
  const start = tokens[0]?.start ?? 0
  const end = tokens.at(-1)?.end
  const at = tokens.findLastIndex(
    ({ word, depth }, index) =>
      word === 'FORMAT' &&
      depth === 0 &&
      tokens[index + 1]?.word !== undefined &&
      [undefined, 'SETTINGS'].includes(tokens[index + 2]?.word) &&
      tokens[index + 2]?.text !== ',',
  )
  const clause = tokens[at]
  const format = tokens[at + 1]
  if (clause === undefined || format === undefined) {
    return { kind: 'read', before: query.slice(start, end), after: '', format: defaultFormat }
  }
  return {
    kind: 'read',
    before: query.slice(start, clause.start),
    after: query.slice(format.end, end),
    format: format.text,
  }
}

/** `INSERT INTO t (…) [SETTINGS …] FORMAT f` or `… VALUES`, then rows. */
function readInsert(query: string, tokens: Token[], rowsStart: number): Statement {
  const isValues = tokens.at(-1)?.word === 'VALUES'
  const clause = tokens.at(isValues ? -1 : -2)
  const settings = tokens.find(({ word, depth }) => word === 'SETTINGS' && depth === 0) ?? clause
  return {
    kind: 'insert',
    into: query.slice(tokens[0]?.start, settings?.start),
    settings: query.slice(settings?.start, clause?.start),
    format: isValues ? 'Values' : (tokens.at(-1)?.text ?? ''),
    rows: query.slice(rowsStart),
  }
}

const queryId = String.raw`(?:'(?:[^'\\]|\\.)*'|\{\s*\w+\s*:\s*String\s*\})`
const killQuery = new RegExp(
  String.raw`^KILL\s+QUERY\s+WHERE\s+query_id\s*(?:=\s*(${queryId})|IN\s*\(\s*(${queryId}(?:\s*,\s*${queryId})*)\s*\))` +
    String.raw`(?:\s+(SYNC|ASYNC))?(?:\s+FORMAT\s+(\w+))?$`,
  'i',
)

function readKill(text: string, options: StatementOptions & { defaultFormat: string }): Statement {
  const match = killQuery.exec(text)
  if (match === null) {
    throw new ServerError(
      codes.NOT_IMPLEMENTED,
      "local-clickhouse knows KILL QUERY WHERE query_id = '…' or query_id IN ('…', …) alone",
    )
  }
  const operands = (match[1] ?? match[2] ?? '').match(new RegExp(queryId, 'g')) ?? []
  return {
    kind: 'kill',
    queryIds: operands.map((operand) => operandOf(operand, options.parameters)),
    waits: match[3]?.toUpperCase() === 'SYNC',
    format: match[4] ?? options.defaultFormat,
  }
}

function operandOf(operand: string, parameters: URLSearchParams | undefined): string {
  const name = /^\{\s*(\w+)/.exec(operand)?.[1]
  if (name === undefined) return operand.slice(1, -1).replace(/\\(.)/gs, '$1')
  const value = parameters?.get(`param_${name}`)
  if (value !== null && value !== undefined) return value
  throw new ServerError(codes.UNKNOWN_QUERY_PARAMETER, `Substitution \`${name}\` is not set.`)
}

/** A string literal of ClickHouse's SQL. */
export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** An identifier of ClickHouse's SQL. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}
