// What ClickHouse's HTTP interface knows of a statement before the engine sees it: its kind, its
// FORMAT, and the settings and parameters that came with the URL.
// https://clickhouse.com/docs/interfaces/http

/** URL parameters that steer the interface itself and are no settings of a query. */
const ownParameters = new Set([
  'query',
  'database',
  'query_id',
  'default_format',
  'user',
  'password',
  'enable_http_compression',
  'wait_end_of_query',
  'buffer_size',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
  'client_protocol_version',
  'role',
])

const DEFAULT_FORMAT = 'TabSeparated'

export type Statement =
  /** Rows that may be many: written to a file first, so that a failure is known before the answer. */
  | { kind: 'select'; text: string; format: string }
  /** Rows that are few: SHOW, DESCRIBE, EXPLAIN, … */
  | { kind: 'show'; text: string; format: string }
  /** Rows of the request's body. */
  | { kind: 'insert-body'; text: string; format: string }
  | { kind: 'kill'; queryId: string }
  | { kind: 'command'; text: string }

/** Reads a statement. `hasBody` says that rows follow it, as after `INSERT … FORMAT JSONEachRow`. */
export function readStatement(
  query: string,
  options: { defaultFormat?: string | undefined; hasBody: boolean },
): Statement {
  const text = query.replace(/[\s;]+$/, '').replace(/^\s+/, '')
  const word = /^[(\s]*([a-z]+)/i.exec(text)?.[1]?.toUpperCase() ?? ''
  const { body, format } = splitFormat(text, options.defaultFormat ?? DEFAULT_FORMAT)
  switch (word) {
    case 'SELECT':
    case 'WITH':
      return { kind: 'select', text: body, format }
    case 'SHOW':
    case 'DESCRIBE':
    case 'DESC':
    case 'EXPLAIN':
    case 'EXISTS':
    case 'CHECK':
      return { kind: 'show', text: body, format }
    case 'INSERT':
      if (options.hasBody) return { kind: 'insert-body', text: body, format }
      return { kind: 'command', text }
    case 'KILL': {
      const queryId = /^KILL\s+QUERY\s+WHERE\s+query_id\s*=\s*'([^'\\]*)'/i.exec(text)?.[1]
      return queryId === undefined ? { kind: 'command', text } : { kind: 'kill', queryId }
    }
    default:
      return { kind: 'command', text }
  }
}

function splitFormat(text: string, defaultFormat: string): { body: string; format: string } {
  const match = /\s+FORMAT\s+([A-Za-z0-9]+)$/i.exec(text)
  if (match?.[1] === undefined) return { body: text, format: defaultFormat }
  return { body: text.slice(0, match.index), format: match[1] }
}

/** A string literal of ClickHouse's SQL. */
export function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** An identifier of ClickHouse's SQL. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``
}

/**
 * The assignments of a SET statement for the URL's settings and `param_…` values. A session of the
 * engine serves one request, so a SET ends with it.
 */
export function assignmentsOf(parameters: URLSearchParams): string[] {
  return [...parameters]
    .filter(([name]) => !ownParameters.has(name) && /^\w+$/.test(name))
    .map(([name, value]) => `${name} = ${quote(value)}`)
}
