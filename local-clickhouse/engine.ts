import { randomUUID } from 'node:crypto'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { Session } from 'chdb'
import { codes, ServerError } from './server-error.ts'
import { quote, quoteName, type Statement } from './statement.ts'
import { cancelled, Turns } from './turns.ts'

// A chDB session for each request: sessions on one path run side by side, and what a request sets
// (settings, parameters, database) ends with its session. An insert sets nothing more, so the next that
// sets the same has its session; to open one takes a fifth of what a small insert does. The engine gives
// each query an id of its own; a session has a `log_comment`, by which KILL finds what it is at.

const RUNNING_QUERIES_MAX = 8
const WAITING_QUERIES_MAX = 200
const WAIT_MS_MAX = 60_000
/** Two for each table that players fill. */
const IDLE_SESSIONS_MAX = 6
/** A query may start after the first attempt to kill it, so the attempt is repeated. */
const KILL_INTERVAL_MS = 200
const KILL_MS_MAX = 20_000

/**
 * Inserts are acknowledged when their rows are on disk. These are settings of the server: the engine
 * takes them from a file alone.
 */
const engineConfig = `<clickhouse>
  <merge_tree>
    <fsync_after_insert>1</fsync_after_insert>
    <fsync_part_directory>1</fsync_part_directory>
  </merge_tree>
</clickhouse>
`

interface Request {
  statement: Statement
  queryId: string
  database: string | undefined
  /** Settings, and values of parameters as `param_…`. */
  assignments: [name: string, value: string][]
  /** The spooled rows of an insert. */
  rowsPath?: string
  /** Ends the query. */
  signal?: AbortSignal
}

export type Answer =
  /** `path` is removed by the receiver. */
  | { kind: 'rows'; path: string; bytes: number; rows: number; format: string }
  | { kind: 'inserted'; rows: number }
  | { kind: 'done'; text: Uint8Array; format: string }

export interface Engine {
  readonly spoolDirectory: string
  readonly version: string
  run(request: Request): Promise<Answer>
  close(): void
}

interface OwnSession {
  session: Session
  comment: string
  /** All that was set in it but for the comment. */
  preparation: readonly string[]
}

interface Running {
  stop: AbortController
  ended: Promise<unknown>
}

/**
 * Opens the store and removes the files that a dead process left. `onStuck` is called when a query
 * does not end although it was killed.
 */
export async function openEngine(options: {
  directory: string
  onStuck(queryId: string): void
}): Promise<Engine> {
  const spoolDirectory = join(options.directory, 'spool')
  await rm(spoolDirectory, { recursive: true, force: true })
  await mkdir(spoolDirectory, { recursive: true })
  const openSession = await prepareSessions(options.directory)
  // Kept open: the engine would close the store with its last session.
  const first = openSession()
  const version = (await first.queryAsync('SELECT version()', { format: 'TSV' })).text().trim()
  const running = new Map<string, Running>()
  const idle: OwnSession[] = []
  const turns = new Turns({
    runningMax: RUNNING_QUERIES_MAX,
    waitingMax: WAITING_QUERIES_MAX,
    waitMsMax: WAIT_MS_MAX,
  })

  async function run(request: Request): Promise<Answer> {
    if (request.statement.kind === 'kill') return kill(request.statement)
    const { queryId } = request
    if (running.has(queryId)) {
      const text = `Query with id = ${queryId} is already running.`
      throw new ServerError(codes.QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING, text)
    }
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, ...(request.signal ? [request.signal] : [])])
    const ended = turns.run(() => runInSession(request, signal), signal)
    running.set(queryId, { stop, ended: ended.catch(() => {}) })
    try {
      return await ended
    } finally {
      running.delete(queryId)
    }
  }

  async function runInSession(request: Request, signal: AbortSignal): Promise<Answer> {
    if (signal.aborted) throw cancelled()
    const preparation = preparationOf(request)
    const isPlain = isPlainInsert(request.statement)
    const found = isPlain ? takeIdle(preparation) : undefined
    // A caller may use an id again, while the session of its first query is at another's.
    const comment = isPlain ? randomUUID() : request.queryId
    const own = found ?? { session: openSession(), comment, preparation }
    const ended = new AbortController()
    const onAbort = () => void killUntil(request.queryId, own.comment, ended.signal)
    signal.addEventListener('abort', onAbort)
    let isKept = false
    try {
      if (found === undefined) await prepare(own)
      const answer = await carryOut(own.session, request, spoolDirectory)
      // What is killed late would be the next query.
      isKept = isPlain && !signal.aborted
      return answer
    } catch (error) {
      throw toServerError(error)
    } finally {
      ended.abort()
      signal.removeEventListener('abort', onAbort)
      if (isKept) keepIdle(own)
      else own.session.close()
    }
  }

  function keepIdle(own: OwnSession): void {
    idle.push(own)
    if (idle.length > IDLE_SESSIONS_MAX) idle.shift()?.session.close()
  }

  function takeIdle(preparation: readonly string[]): OwnSession | undefined {
    const at = idle.findIndex((each) => isDeepStrictEqual(each.preparation, preparation))
    return at === -1 ? undefined : idle.splice(at, 1)[0]
  }

  /** Kills a query until it has ended. ASYNC: the synchronous form waits for ever for some queries. */
  async function killUntil(queryId: string, comment: string, ended: AbortSignal): Promise<void> {
    const giveUp = setTimeout(() => options.onStuck(queryId), KILL_MS_MAX)
    while (!ended.aborted) {
      const text = `KILL QUERY WHERE Settings['log_comment'] = ${quote(comment)} ASYNC`
      await first.queryAsync(text).catch(() => {})
      await delay(KILL_INTERVAL_MS, undefined, { signal: ended }).catch(() => {})
    }
    clearTimeout(giveUp)
  }

  async function kill(statement: Statement & { kind: 'kill' }): Promise<Answer> {
    const found = statement.queryIds.filter((id) => running.has(id))
    const ends = found.map((id) => running.get(id)?.ended)
    for (const id of found) running.get(id)?.stop.abort()
    if (statement.waits) await Promise.all(ends)
    const status = statement.waits ? 'finished' : 'waiting'
    const rows = found.map((id) => `(${quote(status)}, ${quote(id)}, 'default')`)
    const list = `CAST([${rows.join(', ')}], 'Array(Tuple(String, String, String))')`
    const before = `SELECT row.1 AS kill_status, row.2 AS query_id, row.3 AS user FROM (SELECT arrayJoin(${list}) AS row)`
    return read(first, { before, after: '', format: statement.format }, spoolDirectory)
  }

  const close = () => {
    for (const { session } of idle) session.close()
    first.close()
  }
  return { spoolDirectory, version, run, close }
}

async function prepareSessions(directory: string): Promise<() => Session> {
  const configPath = join(directory, 'engine.xml')
  await writeFile(configPath, engineConfig)
  const storePath = join(directory, 'store')
  return () => new Session(storePath, { connectionArgs: [`--config-file=${configPath}`] })
}

/** Leaves nothing behind in its session. */
function isPlainInsert(statement: Statement): boolean {
  return statement.kind === 'insert' && statement.settings.trim() === ''
}

/** What the request brings besides its statement. A setting of the statement itself comes later and wins. */
function preparationOf({ database, assignments }: Request): string[] {
  // A file of rows that is mapped into memory counts as memory of the process.
  const all = [['storage_file_read_method', 'pread'] as const, ...assignments]
  const list = all.map(([name, value]) => `${name} = ${quote(value)}`)
  return [
    ...(database === undefined ? [] : [`USE ${quoteName(database)}`]),
    `SET ${list.join(', ')}`,
  ]
}

async function prepare({ session, comment, preparation }: OwnSession): Promise<void> {
  for (const text of preparation) await session.queryAsync(text)
  await session.queryAsync(`SET log_comment = ${quote(comment)}`)
}

async function carryOut(
  session: Session,
  request: Request,
  spoolDirectory: string,
): Promise<Answer> {
  const { statement } = request
  switch (statement.kind) {
    case 'read':
      return read(session, statement, spoolDirectory)
    case 'insert': {
      const text = insertText(statement, request.rowsPath ?? '/dev/null')
      return { kind: 'inserted', rows: (await session.queryAsync(text)).rowsRead }
    }
    case 'command': {
      const result = await session.queryAsync(statement.text, { format: statement.format })
      return { kind: 'done', text: result.bytes(), format: statement.format }
    }
    case 'kill':
      throw new Error('KILL QUERY is answered outside a session')
  }
}

/** The rows go to a file of their own first: a query that fails half way has answered nothing. */
async function read(
  session: Session,
  statement: { before: string; after: string; format: string },
  spoolDirectory: string,
): Promise<Answer> {
  const { before, after, format } = statement
  const path = join(spoolDirectory, `${randomUUID()}.out`)
  try {
    const text = `${before} INTO OUTFILE ${quote(path)} FORMAT ${format} ${after}`
    const { rowsRead } = await session.queryAsync(text)
    return { kind: 'rows', path, bytes: (await stat(path)).size, rows: rowsRead, format }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

/** `INSERT INTO t SELECT … FROM input('…')` reads the body with a table function, other inserts with INFILE. */
function insertText(statement: Statement & { kind: 'insert' }, rowsPath: string): string {
  const { into, settings, format } = statement
  const input = /\binput\s*\(/i
  if (input.test(into) && /\bSELECT\b/i.test(into)) {
    return `${into.replace(input, `file(${quote(rowsPath)}, ${quote(format)}, `)} ${settings}`
  }
  return `${into} FROM INFILE ${quote(rowsPath)} ${settings} FORMAT ${format}`
}

/** chDB's errors carry the engine's code; their classes are not among its declared exports. */
function toServerError(error: unknown): Error {
  if (!(error instanceof Error)) return new ServerError(codes.STD_EXCEPTION, String(error))
  const hasCode = 'clickhouseCode' in error && typeof error.clickhouseCode === 'number'
  return hasCode ? new ServerError(Number(error.clickhouseCode), error.message) : error
}
