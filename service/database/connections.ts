import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { type Dialect, PGliteDialect, PostgresDialect } from 'kysely'
import pg from 'pg'
import { TransientError } from '#errors'

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

async function openEmbedded(directory: string): Promise<Connections> {
  const pglite = await PGlite.create(directory)
  return {
    dialect: new PGliteDialect({ pglite }),
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

const CONNECTIONS_MAX = 20
const CONNECT_TIMEOUT_MS = 10_000
const STATEMENT_TIMEOUT_MS = 60_000

async function openPostgres(connectionString: string): Promise<Connections> {
  const pool = new pg.Pool({
    connectionString,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'sluice',
    types: { getTypeParser },
  })
  // A connection that breaks while idle is replaced on the next use; without a listener it would end us.
  pool.on('error', () => {})
  const connect = () =>
    pool.connect().catch((cause: unknown) => {
      throw new TransientError('DATABASE_UNAVAILABLE', 'The database cannot be reached.', { cause })
    })
  return {
    dialect: new PostgresDialect({
      pool: { connect, end: () => pool.end(), options: pool.options },
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

/** As PGlite does: an int8 is a number while it is safe, and a bigint beyond. */
const getTypeParser: typeof pg.types.getTypeParser = (oid, format) => {
  if (oid !== pg.types.builtins.INT8) return pg.types.getTypeParser(oid, format)
  return (text: string) => {
    const number = Number(text)
    return Number.isSafeInteger(number) ? number : BigInt(text)
  }
}
