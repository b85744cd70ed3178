import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import type { Answer, Engine } from './engine.ts'
import { codes, ServerError, statusOf } from './server-error.ts'
import { readStatement, type Statement } from './statement.ts'

const QUERY_BYTES_MAX = 16 * 1024 * 1024
const BODY_BYTES_MAX = 16 * 1024 * 1024 * 1024
const READ_CHUNK_BYTES = 1024 * 1024

export interface Listening {
  readonly port: number
  close(): void
  closeAllConnections(): void
}

/** Serves the engine by ClickHouse's HTTP interface, on loopback only. */
export async function listen(
  engine: Engine,
  options: { port: number; username: string; password: string },
): Promise<Listening> {
  const server = createServer((request, response) => {
    answer(engine, options, request, response).catch((error) => refuse(response, error))
  })
  // A day's insert takes as long as it takes; its sender has its own clock.
  server.requestTimeout = 0
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(options.port, '127.0.0.1', done)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () => void server.close(),
    closeAllConnections: () => server.closeAllConnections(),
  }
}

async function answer(
  engine: Engine,
  identity: { username: string; password: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  if (url.pathname === '/ping') return void response.end('Ok.\n')
  authenticate(identity, request, url.searchParams)
  if (url.searchParams.has('session_id')) {
    const text = 'local-clickhouse has no HTTP sessions: send settings with each request'
    throw new ServerError(codes.SUPPORT_IS_DISABLED, text)
  }
  const queryId = url.searchParams.get('query_id') ?? randomUUID()
  const { statement, bodyPath } = await receive(engine, request, url.searchParams)
  const unwatch = killWhenClosed(engine, queryId, response, url.searchParams)
  try {
    const result = await engine.run({
      statement,
      queryId,
      database: url.searchParams.get('database') ?? undefined,
      parameters: url.searchParams,
      ...(bodyPath === undefined ? {} : { bodyPath }),
    })
    await send(response, result, { queryId, statement, gzip: wantsGzip(request, url.searchParams) })
  } finally {
    unwatch()
    if (bodyPath !== undefined) await rm(bodyPath, { force: true })
  }
}

function authenticate(
  identity: { username: string; password: string },
  request: IncomingMessage,
  parameters: URLSearchParams,
): void {
  const [scheme, encoded] = (request.headers.authorization ?? '').split(' ')
  const basic = scheme === 'Basic' ? Buffer.from(encoded ?? '', 'base64').toString() : ''
  const separator = basic.indexOf(':')
  const header = (name: string) => request.headers[name]?.toString()
  const username =
    header('x-clickhouse-user') ?? parameters.get('user') ?? basic.slice(0, Math.max(separator, 0))
  const password =
    header('x-clickhouse-key') ?? parameters.get('password') ?? basic.slice(separator + 1)
  if (username === identity.username && sameSecret(password, identity.password)) return
  const text = `${username}: Authentication failed: password is incorrect, or there is no user with such name.`
  throw new ServerError(codes.AUTHENTICATION_FAILED, text)
}

function sameSecret(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(left), digest(right))
}

/** The statement is the URL's `query`, else the body; after a `query` the body holds an insert's rows. */
async function receive(
  engine: Engine,
  request: IncomingMessage,
  parameters: URLSearchParams,
): Promise<{ statement: Statement; bodyPath?: string }> {
  const body =
    request.headers['content-encoding'] === 'gzip' ? request.pipe(createGunzip()) : request
  const defaultFormat =
    parameters.get('default_format') ?? request.headers['x-clickhouse-format']?.toString()
  const query = parameters.get('query')
  if (query === null) {
    return { statement: readStatement(await readQuery(body), { defaultFormat, hasBody: false }) }
  }
  const hasBody = /^\s*INSERT\b/i.test(query) && /\sFORMAT\s+\w+\s*$/i.test(query)
  const statement = readStatement(query, { defaultFormat, hasBody })
  if (statement.kind !== 'insert-body') return { statement }
  const bodyPath = join(engine.bodiesDirectory, `${randomUUID()}.in`)
  try {
    await pipeline(body, limit(BODY_BYTES_MAX), createWriteStream(bodyPath))
  } catch (error) {
    await rm(bodyPath, { force: true })
    throw error
  }
  return { statement, bodyPath }
}

async function readQuery(body: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > QUERY_BYTES_MAX) {
      const text = `Query is too large (over ${QUERY_BYTES_MAX} bytes).`
      throw new ServerError(codes.QUERY_IS_TOO_LARGE, text)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function limit(bytesMax: number): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes <= bytesMax) return done(null, chunk)
      done(new ServerError(codes.QUERY_IS_TOO_LARGE, `Body is over ${bytesMax} bytes.`))
    },
  })
}

/** A reader that hangs up ends its query, where it asked for that. */
function killWhenClosed(
  engine: Engine,
  queryId: string,
  response: ServerResponse,
  parameters: URLSearchParams,
): () => void {
  if (parameters.get('cancel_http_readonly_queries_on_client_close') !== '1') return () => {}
  const onClose = () => {
    if (!response.writableEnded) engine.kill(queryId).catch(() => {})
  }
  response.once('close', onClose)
  return () => response.off('close', onClose)
}

function wantsGzip(request: IncomingMessage, parameters: URLSearchParams): boolean {
  const accepted = request.headers['accept-encoding']?.toString() ?? ''
  return parameters.get('enable_http_compression') === '1' && accepted.includes('gzip')
}

async function send(
  response: ServerResponse,
  result: Answer,
  options: { queryId: string; statement: Statement; gzip: boolean },
): Promise<void> {
  const { statement } = options
  const isRead = statement.kind === 'select' || statement.kind === 'show'
  const rows = String(result.rows)
  const summary = isRead ? { read_rows: rows } : { written_rows: rows }
  response.writeHead(200, {
    'X-ClickHouse-Query-Id': options.queryId,
    'X-ClickHouse-Summary': JSON.stringify(summary),
    ...(isRead ? { 'X-ClickHouse-Format': statement.format } : {}),
    ...(options.gzip ? { 'Content-Encoding': 'gzip' } : {}),
  })
  try {
    const source =
      'path' in result
        ? createReadStream(result.path, { highWaterMark: READ_CHUNK_BYTES })
        : Readable.from([result.text])
    if (options.gzip) await pipeline(source, createGzip(), response)
    else await pipeline(source, response)
  } finally {
    if ('path' in result) await rm(result.path, { force: true })
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy()
  const known =
    error instanceof ServerError ? error : new ServerError(codes.STD_EXCEPTION, String(error))
  response.writeHead(statusOf(known.code), {
    'X-ClickHouse-Exception-Code': String(known.code),
    'Content-Type': 'text/plain; charset=UTF-8',
    Connection: 'close',
  })
  response.end(`${known.body}\n`)
}
