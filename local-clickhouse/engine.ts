import { randomUUID } from 'node:crypto'
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Session } from 'chdb'
import { codes, ServerError } from './server-error.ts'
import { assignmentsOf, quote, quoteName, type Statement } from './statement.ts'
import { Turns } from './turns.ts'

// One chDB session per request: sessions on one path run side by side, and what a request sets ends
// with its session. The engine holds one data directory per process.

const RUNNING_QUERIES_MAX = 8
const WAITING_QUERIES_MAX = 200
/** An insert is acknowledged when its rows are on disk. */
const STORE_ARGUMENTS = ['--merge_tree.fsync_after_insert=1', '--merge_tree.fsync_part_directory=1']

export interface Request {
  statement: Statement
  queryId: string
  database: string | undefined
  parameters: URLSearchParams
  /** The spooled rows of an insert. */
  bodyPath?: string
}

/** An answer in memory (small), or in a file that the receiver removes. */
export type Answer = { rows: number } & ({ text: Uint8Array } | { path: string })

export interface Engine {
  readonly bodiesDirectory: string
  run(request: Request): Promise<Answer>
  /** Ends a query by its id. True when one was running. */
  kill(queryId: string): Promise<boolean>
  close(): void
}

/** Opens the store and forgets the bodies that a dead process left. */
export async function openEngine(options: {
  storeDirectory: string
  bodiesDirectory: string
}): Promise<Engine> {
  // The first session opens the store, and keeps it open; a second process fails here.
  const first = openStore(options.storeDirectory)
  await rm(options.bodiesDirectory, { recursive: true, force: true })
  await mkdir(options.bodiesDirectory, { recursive: true })
  const turns = new Turns({ runningMax: RUNNING_QUERIES_MAX, waitingMax: WAITING_QUERIES_MAX })

  async function inSession<R>(work: (session: Session) => Promise<R>): Promise<R> {
    const session = new Session(options.storeDirectory, { connectionArgs: STORE_ARGUMENTS })
    try {
      return await work(session)
    } catch (error) {
      throw toServerError(error)
    } finally {
      session.close()
    }
  }

  async function run(request: Request): Promise<Answer> {
    const { statement } = request
    if (statement.kind === 'kill') {
      const killed = await kill(statement.queryId)
      return { rows: killed ? 1 : 0, text: new Uint8Array() }
    }
    return turns.run(() =>
      inSession(async (session) => {
        await prepare(session, request)
        return carryOut(session, request, options.bodiesDirectory)
      }),
    )
  }

  async function kill(queryId: string): Promise<boolean> {
    // ASYNC: the synchronous form waits for ever for some queries.
    const where = `Settings['log_comment'] = ${quote(queryId)} AND query NOT LIKE 'KILL QUERY%'`
    return inSession(async (session) => {
      const found = await session.queryAsync(`KILL QUERY WHERE ${where} ASYNC`, { format: 'CSV' })
      return found.text().length > 0
    })
  }

  return { bodiesDirectory: options.bodiesDirectory, run, kill, close: () => first.close() }
}

function openStore(storeDirectory: string): Session {
  try {
    const session = new Session(storeDirectory, { connectionArgs: STORE_ARGUMENTS })
    session.query('SELECT 1')
    return session
  } catch (error) {
    throw new Error(
      `local-clickhouse cannot open ${storeDirectory}. Does another process use it? ` +
        `Stop that one, or choose another data directory. (${toServerError(error).message})`,
    )
  }
}

/** What the request brings besides its statement. `log_comment` carries the query id to KILL. */
async function prepare(session: Session, request: Request): Promise<void> {
  if (request.database !== undefined && request.database !== 'default') {
    await session.queryAsync(`USE ${quoteName(request.database)}`)
  }
  const assignments = [
    ...assignmentsOf(request.parameters),
    `log_comment = ${quote(request.queryId)}`,
  ]
  await session.queryAsync(`SET ${assignments.join(', ')}`)
}

async function carryOut(
  session: Session,
  request: Request,
  bodiesDirectory: string,
): Promise<Answer> {
  const { statement } = request
  switch (statement.kind) {
    case 'select':
      return select(session, statement, join(bodiesDirectory, `${randomUUID()}.out`))
    case 'show': {
      const result = await session.queryAsync(statement.text, { format: statement.format })
      return { rows: result.rowsRead, text: result.bytes() }
    }
    case 'insert-body': {
      const infile = quote(request.bodyPath ?? '')
      const text = `${statement.text} FROM INFILE ${infile} FORMAT ${statement.format}`
      return { rows: (await session.queryAsync(text)).rowsRead, text: new Uint8Array() }
    }
    case 'command':
      return { rows: (await session.queryAsync(statement.text)).rowsRead, text: new Uint8Array() }
    case 'kill':
      throw new ServerError(codes.UNKNOWN_TYPE_OF_QUERY, 'KILL runs outside a session')
  }
}

/** The rows go to a file of their own first: a query that fails half way has answered nothing. */
async function select(
  session: Session,
  statement: { text: string; format: string },
  path: string,
): Promise<Answer> {
  try {
    const target = `file(${quote(path)}, ${quote(statement.format)})`
    const result = await session.queryAsync(`INSERT INTO FUNCTION ${target} ${statement.text}`)
    if (await exists(path)) return { rows: result.rowsRead, path }
    // Without rows the engine writes no file, but the format may have a header.
    const empty = await session.queryAsync(statement.text, { format: statement.format })
    return { rows: 0, text: empty.bytes() }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function toServerError(error: unknown): ServerError {
  if (error instanceof ServerError) return error
  const text = error instanceof Error ? error.message : String(error)
  return new ServerError(clickhouseCodeOf(error) ?? codes.STD_EXCEPTION, text, { cause: error })
}

/** chDB's errors carry the engine's code; their classes are not among its declared exports. */
function clickhouseCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('clickhouseCode' in error)) return undefined
  return typeof error.clickhouseCode === 'number' ? error.clickhouseCode : undefined
}
