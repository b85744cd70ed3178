import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import {
  AbortedTransactionError,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PGliteDialect,
  PostgresDialect,
  type PostgresPoolClient,
} from 'kysely'
import pg from 'pg'
import { TransientError } from '#errors'
import { openStatements } from './prepared.ts'

/** What the two homes of the database have in common; nothing outside this file asks which it is. */
export interface Connections {
  readonly dialect: Dialect
  /** One connection of its own, for work that must stay on one: migrations under their lock. */
  withConnection<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

export interface Connection {
  /** Any number of statements, without parameters or results. */
  execute(sql: string): Promise<void>
  query(sql: string, parameters: unknown[]): Promise<Record<string, unknown>[]>
}

export function openConnections(options: {
  url?: string
  dataDirectory: string
}): Promise<Connections> {
  return options.url === undefined
    ? openEmbedded(join(options.dataDirectory, 'database'))
    : openPostgres(options.url)
}

/**
 * What a laptop's database is read through. The engine's own 128MB are filled with zeros at each start, and
 * stay with us; what lies beyond these is in the system's cache.
 */
const SHARED_BUFFERS = '32MB'
/**
 * Statements are kept. The engine's own way is to plan many of them at each call all the same, in the hope of a plan
 * that fits the values better; nothing counts here what the tables hold, so none would, and it costs as much as the
 * answer.
 */
const PLAN_CACHE_MODE = 'force_generic_plan'

/** In our own thread: in another each statement would wait for two wake-ups, which costs more than it frees. */
async function openEmbedded(directory: string): Promise<Connections> {
  const settings = { shared_buffers: SHARED_BUFFERS, plan_cache_mode: PLAN_CACHE_MODE }
  const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const startParams = [...PGlite.defaultStartParams, ...given]
  const pglite = await PGlite.create(directory, { startParams })
  const standard = new PGliteDialect({ pglite })
  return {
    dialect: {
      createAdapter: () => standard.createAdapter(),
      createIntrospector: (db) => standard.createIntrospector(db),
      createQueryCompiler: () => standard.createQueryCompiler(),
      createDriver: () => driverOf(pglite),
    },
    withConnection: (work) =>
      work({
        execute: async (sql) => void (await pglite.exec(sql)),
        query: async (sql, parameters) =>
          (await pglite.query<Record<string, unknown>>(sql, parameters)).rows,
      }),
    close: async () => {
      if (!pglite.closed) await pglite.close()
    },
  }
}

/** Of the one connection that there is. Kysely lets nobody else have it until a statement or a transaction is over. */
function driverOf(pglite: PGlite): Driver {
  const { ask, begin } = openStatements(pglite)
  const connection: DatabaseConnection = {
    async executeQuery<Row>({ sql, parameters }: CompiledQuery) {
      const { rows, affectedRows } = await ask(sql, parameters)
      return { rows: rows as Row[], numAffectedRows: BigInt(affectedRows) }
    },
    streamQuery() {
      throw new Error('Rows are not streamed.')
    },
  }
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    beginTransaction: async () => begin(),
    commitTransaction: async () => {
      const { command } = await ask('commit')
      if (command === 'ROLLBACK') throw new AbortedTransactionError()
    },
    rollbackTransaction: async () => void (await ask('rollback')),
    releaseConnection: async () => {},
    destroy: async () => {},
  }
}

const CONNECTIONS_MAX = 20
const CONNECT_TIMEOUT_MS = 10_000
const STATEMENT_TIMEOUT_MS = 60_000
/** For a server that no longer says anything: longer than it may take itself. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000

async function openPostgres(connectionString: string): Promise<Connections> {
  const pool = new pg.Pool({
    connectionString,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'sluice',
    types: { getTypeParser },
  })
  // A connection that breaks between two statements is replaced on the next use; without a listener, from
  // its first moment on, it would end us.
  pool.on('error', () => {}).on('connect', (client) => void client.on('error', () => {}))
  const connect = () =>
    pool.connect().catch((cause: unknown) => {
      throw unavailable(cause)
    })
  return {
    dialect: new PostgresDialect({
      pool: {
        connect: async () => toldApart(await connect()),
        end: () => pool.end(),
        options: pool.options,
      },
    }),
    withConnection: async (work) => {
      const client = await connect()
      try {
        return await work({
          execute: async (sql) => void (await client.query(sql)),
          query: async (sql, parameters) =>
            (await client.query<Record<string, unknown>>(sql, parameters)).rows,
        })
      } finally {
        client.release()
      }
    },
    close: async () => {
      if (!pool.ended) await pool.end()
    },
  }
}

/** The connection as Kysely uses it: one that broke is told apart from a statement that is wrong, and thrown away. */
function toldApart(client: pg.PoolClient): PostgresPoolClient {
  let isBroken = false
  const query = async (...given: unknown[]): Promise<unknown> => {
    try {
      return await Reflect.apply(client.query, client, given)
    } catch (error) {
      if (!isUnavailable(error)) throw error
      isBroken = true
      throw unavailable(error)
    }
  }
  return {
    query: query as PostgresPoolClient['query'],
    release: () => client.release(isBroken),
  }
}

function unavailable(cause: unknown): TransientError {
  return new TransientError('DATABASE_UNAVAILABLE', 'The database cannot be reached.', { cause })
}

/**
 * Connection exceptions, resources that ran out, deadlocks, a statement or a session that was ended from
 * outside. Whatever else the server says is about the statement itself.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const UNAVAILABLE = /^(08|53|57|58|40)[0-9A-Z]{3}$/

/** A server that refuses a statement says so as DatabaseError; everything else never got an answer. */
function isUnavailable(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return UNAVAILABLE.test(error.code ?? '')
  return error instanceof Error
}

/** As PGlite does: an int8 is a number while it is safe, and a bigint beyond. */
const getTypeParser: typeof pg.types.getTypeParser = (oid, format) => {
  if (oid !== pg.types.builtins.INT8) return pg.types.getTypeParser(oid, format)
  return (text: string) => {
    const number = Number(text)
    return Number.isSafeInteger(number) ? number : BigInt(text)
  }
}
