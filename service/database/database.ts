/**
 * One SQL for two homes: PostgreSQL, or PGlite in the data directory. Whoever opens the database holds
 * the data directory alone, since two processes on one PGlite directory lose acknowledged rows without
 * an error. An organization's rows are reached through an OrganizationScope, and only through it.
 */
import { type ColumnType, Kysely, sql } from 'kysely'
import { openConnections } from './connections.ts'
import { lockDirectory } from './directory-lock.ts'
import { migrate, readMissing } from './migrate.ts'

export { lockDirectory } from './directory-lock.ts'
export { preparePage, readPage } from './page.ts'
export { type OrganizationScope, openScope, prepareScoped } from './scope.ts'
export { startSharedClock } from './shared-clock.ts'
export { prepare } from './statement.ts'

/** The tables. Each feature adds its own: `declare module '#database' { interface Tables { … } }`. */
// biome-ignore lint/suspicious/noEmptyInterface: features fill it by declaration merging
export interface Tables {}

declare const brand: unique symbol
/** A string that cannot be passed for another kind of string. */
type Branded<Type, Brand> = Type & { readonly [brand]: Brand }
export type OrganizationId = Branded<string, 'OrganizationId'>

/** The column of every organization-owned table: written by the scope, never changed. */
export type OrganizationIdColumn = ColumnType<OrganizationId, OrganizationId, never>

export interface Clock {
  now(): Date
}

export interface Database extends AsyncDisposable {
  readonly db: Kysely<Tables>
  /** On PGlite everything else waits for an open transaction: inside, await its own queries only. */
  transaction<Result>(work: (tx: Kysely<Tables>) => Promise<Result>): Promise<Result>
  /** Throws when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** An id that was read from our own database or made by us. */
export function asOrganizationId(id: string): OrganizationId {
  return id as OrganizationId
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** Whether a uuid column can be asked for it; the database throws for anything else. */
export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/**
 * Takes the data directory, opens PostgreSQL (`url`) or PGlite inside the directory, and brings the
 * schema up to date. Throws when another process holds the directory.
 */
export async function openDatabase(options: {
  url?: string
  dataDirectory: string
}): Promise<Database> {
  const lock = lockDirectory(options.dataDirectory)
  try {
    const connections = await openConnections(options)
    const db = new Kysely<Tables>({ dialect: connections.dialect })
    const close = async () => {
      await db.destroy()
      await connections.close()
      lock.release()
    }
    try {
      await migrate(connections)
    } catch (error) {
      await db.destroy()
      await connections.close()
      throw error
    }
    return {
      db,
      ping: async () => void (await sql`select 1`.execute(db)),
      transaction: (work) => db.transaction().execute(work),
      close,
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** A PostgreSQL as it is: its version, and the migrations that opening it would apply. Changes nothing. */
export async function inspectDatabase(options: {
  url: string
  dataDirectory: string
}): Promise<{ version: string; missing: string[] }> {
  const connections = await openConnections(options)
  try {
    return await connections.withConnection(async (connection) => {
      const [row] = await connection.query(
        "select current_setting('server_version') as version",
        [],
      )
      const missing = await readMissing(connection)
      return { version: String(row?.version), missing: missing.map(({ name }) => name) }
    })
  } finally {
    await connections.close()
  }
}
