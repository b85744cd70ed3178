import { randomUUID } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { authenticate, type Identity } from './authentication.ts'
import { encoderFor } from './compression.ts'
import type { Answer, Engine } from './engine.ts'
import { type Received, receive } from './receive.ts'
import { codes, ServerError, statusOf } from './server-error.ts'

const READ_CHUNK_BYTES = 1024 * 1024
/** The URL holds settings and parameters; ClickHouse's `http_max_uri_size` is the same. */
const HEADER_BYTES_MAX = 1024 * 1024
const KEEP_ALIVE_MS = 30_000
/** How long a reader may take nothing of an answer. */
const STALL_MS_MAX = 10 * 60_000

/** Parameters of the interface itself, which are no settings of a query. */
const ownParameters = new Set(
  ['query', 'database', 'query_id', 'default_format', 'user', 'password', 'role', 'quota_key']
    .concat(['wait_end_of_query', 'buffer_size', 'client_protocol_version', 'log_comment'])
    .concat(['compress', 'decompress', 'session_timeout', 'session_check']),
)

export interface Server {
  readonly port: number
  /** Takes no more requests, and resolves when those under way are answered. */
  finish(): Promise<void>
}

/** Serves the engine by ClickHouse's HTTP interface, on loopback alone. */
export async function listen(
  engine: Engine,
  options: Identity & { port: number },
): Promise<Server> {
  const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
    answer(engine, options, request, response).catch((error) =>
      refuse(response, error, engine.version),
    )
  })
  // A day's insert takes as long as it takes; its sender has its own clock.
  server.requestTimeout = 0
  server.keepAliveTimeout = KEEP_ALIVE_MS
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(options.port, '127.0.0.1', done)
  })
  return {
    port: (server.address() as AddressInfo).port,
    finish: () => new Promise((done) => server.close(() => done())),
  }
}

async function answer(
  engine: Engine,
  identity: Identity,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  if (url.pathname === '/ping') return void response.end('Ok.\n')
  if (url.pathname !== '/') return void response.writeHead(404).end('There is no such path\n')
  authenticate(identity, request, url.searchParams)
  refuseUnsupported(url.searchParams)
  const queryId = url.searchParams.get('query_id') || randomUUID()
  response.setHeader('X-ClickHouse-Query-Id', queryId)
  const received = await receive(request, url.searchParams, engine.spoolDirectory)
  const result = await run(engine, queryId, { request, response, received })
  await send(request, response, { result, parameters: url.searchParams })
}

function refuseUnsupported(parameters: URLSearchParams): void {
  const wanted = ['session_id', 'compress', 'decompress'].find(
    (name) => !['0', '', null].includes(parameters.get(name)),
  )
  if (wanted === undefined) return
  const instead =
    wanted === 'session_id' ? 'send settings with each request' : 'use Content-Encoding'
  throw new ServerError(codes.SUPPORT_IS_DISABLED, `local-clickhouse has no ${wanted}: ${instead}`)
}

async function run(
  engine: Engine,
  queryId: string,
  exchange: { request: IncomingMessage; response: ServerResponse; received: Received },
): Promise<Answer> {
  const { statement, parameters, rowsPath } = exchange.received
  const hangUp = new AbortController()
  const cancels = parameters.get('cancel_http_readonly_queries_on_client_close') === '1'
  if (cancels && statement.kind === 'read') {
    exchange.response.once('close', () => hangUp.abort())
  }
  try {
    return await engine.run({
      statement,
      queryId,
      database: parameters.get('database') ?? undefined,
      assignments: assignmentsOf(parameters, exchange.request.method === 'GET'),
      signal: hangUp.signal,
      ...(rowsPath === undefined ? {} : { rowsPath }),
    })
  } finally {
    if (rowsPath !== undefined) await rm(rowsPath, { force: true })
  }
}

/** A GET changes nothing, as with ClickHouse. */
function assignmentsOf(parameters: URLSearchParams, isGet: boolean): [string, string][] {
  const given = [...parameters].filter(([name]) => !ownParameters.has(name))
  const wrong = given.find(([name]) => !/^\w+$/.test(name))
  if (wrong !== undefined) {
    throw new ServerError(codes.SYNTAX_ERROR, `Syntax error: '${wrong[0]}' is no name of a setting`)
  }
  return isGet ? [...given, ['readonly', '2']] : given
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  exchange: { result: Answer; parameters: URLSearchParams },
): Promise<void> {
  const { result } = exchange
  try {
    const encoder = encoderFor(request.headers['accept-encoding'], exchange.parameters)
    response.writeHead(200, {
      ...headersOf(result),
      ...(encoder === undefined
        ? { 'Content-Length': bytesOf(result) }
        : { 'Content-Encoding': encoder.name }),
    })
    response.setTimeout(STALL_MS_MAX, () => response.destroy())
    if (encoder === undefined) await pipeline(read(result), response)
    else await pipeline(read(result), encoder.open(), response)
  } finally {
    if (result.kind === 'rows') await rm(result.path, { force: true })
  }
}

function headersOf(result: Answer): Record<string, string> {
  const summary = (known: Record<string, number>) =>
    JSON.stringify(Object.fromEntries(Object.entries(known).map(([k, v]) => [k, String(v)])))
  const base = { 'X-ClickHouse-Timezone': 'UTC' }
  switch (result.kind) {
    case 'rows':
      return {
        ...base,
        'Content-Type': contentTypeOf(result.format),
        'X-ClickHouse-Format': result.format,
        'X-ClickHouse-Summary': summary({ result_rows: result.rows }),
      }
    case 'inserted':
      return {
        ...base,
        'X-ClickHouse-Summary': summary({ written_rows: result.rows, result_rows: result.rows }),
      }
    case 'done':
      return { ...base, 'X-ClickHouse-Format': result.format }
  }
}

function contentTypeOf(format: string): string {
  if (format === 'JSONEachRow' || format.endsWith('EachRow'))
    return 'application/x-ndjson; charset=UTF-8'
  if (format.startsWith('JSON')) return 'application/json; charset=UTF-8'
  if (format === 'CSV') return 'text/csv; charset=UTF-8; header=absent'
  if (format.startsWith('CSV')) return 'text/csv; charset=UTF-8; header=present'
  if (/^(TSV|TabSeparated)/.test(format)) return 'text/tab-separated-values; charset=UTF-8'
  if (/^(Parquet|Arrow|Native|RowBinary|ORC|Avro)/.test(format)) return 'application/octet-stream'
  return 'text/plain; charset=UTF-8'
}

function bytesOf(result: Answer): number {
  if (result.kind === 'rows') return result.bytes
  return result.kind === 'done' ? result.text.length : 0
}

async function* read(result: Answer): AsyncGenerator<Uint8Array> {
  if (result.kind === 'rows') yield* readFile(result.path, result.bytes)
  if (result.kind === 'done' && result.text.length > 0) yield result.text
}

/**
 * In pieces that share one buffer: a new one for each would set off a collection every ten megabytes. A pipeline
 * asks for the next piece when the last one, being over its high-water mark, has gone.
 */
async function* readFile(path: string, bytes: number): AsyncGenerator<Uint8Array> {
  await using file = await open(path)
  const buffer = Buffer.allocUnsafeSlow(Math.min(bytes, READ_CHUNK_BYTES))
  for (let at = 0; at < bytes; ) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at)
    if (bytesRead === 0) throw new Error(`${path} ends before its ${bytes} bytes`)
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

function refuse(response: ServerResponse, error: unknown, version: string): void {
  if (response.headersSent) return void response.destroy()
  const known = asServerError(error)
  response.writeHead(statusOf(known.code), {
    'X-ClickHouse-Exception-Code': String(known.code),
    'Content-Type': 'text/plain; charset=UTF-8',
  })
  response.end(`${known.body} (version ${version})\n`)
}

function asServerError(error: unknown): ServerError {
  if (error instanceof ServerError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const text = error instanceof Error ? error.message : String(error)
  if (code === 'ENOSPC') return new ServerError(codes.NOT_ENOUGH_SPACE, text, { cause: error })
  if (/^(Z|ERR__?BROTLI|ZSTD)_/.test(code)) return new ServerError(codes.ZLIB_INFLATE_FAILED, text)
  return new ServerError(codes.STD_EXCEPTION, text, { cause: error })
}
