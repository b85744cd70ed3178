import { createHash } from 'node:crypto'
import pg from 'pg'
import { type Database, openDatabase } from '#database'
import { layEmbeddedDatabase } from './made-database.ts'

/**
 * The database of a data directory, embedded in it; or, where SLUICE_TEST_DATABASE_URL names a PostgreSQL
 * server, one of its own there, made at its first opening. So the same tests run on both homes.
 */
export async function openTestDatabase(options: { dataDirectory: string }): Promise<Database> {
  const url = await testDatabaseUrl(options.dataDirectory)
  if (url === undefined) await layEmbeddedDatabase(options.dataDirectory)
  return openDatabase({ ...options, ...(url !== undefined && { url }) })
}

const DUPLICATE_DATABASE = '42P04'

/** Undefined: embedded. The same directory has the same database whenever it asks. */
export async function testDatabaseUrl(dataDirectory: string): Promise<string | undefined> {
  const server = process.env.SLUICE_TEST_DATABASE_URL
  if (server === undefined || server === '') return undefined
  const name = `sluice_${createHash('sha256').update(dataDirectory).digest('hex').slice(0, 24)}`
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(`create database ${name}`)
  } catch (error) {
    if (Object(error).code !== DUPLICATE_DATABASE) throw error
  } finally {
    await client.end()
  }
  return Object.assign(new URL(server), { pathname: `/${name}` }).href
}
