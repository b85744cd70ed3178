import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Connection, Connections } from './connections.ts'

interface Migration {
  number: number
  name: string
  sql: string
  sha256: string
}

const DIRECTORY = join(import.meta.dirname, 'migrations')
/** Any fixed number of ours: every process that migrates this database waits for the same lock. */
const ADVISORY_LOCK = 7_310_588_034

/** Applies what is missing, in order, each in a transaction. There is no way back but a new migration. */
export async function migrate(connections: Connections, directory = DIRECTORY): Promise<void> {
  const migrations = await readMigrations(directory)
  await connections.withConnection(async (connection) => {
    await connection.query('select pg_advisory_lock($1)', [ADVISORY_LOCK])
    try {
      await applyMissing(connection, migrations)
    } finally {
      await connection.query('select pg_advisory_unlock($1)', [ADVISORY_LOCK])
    }
  })
}

async function applyMissing(connection: Connection, migrations: Migration[]): Promise<void> {
  await connection.execute(
    'create table if not exists migrations (number integer primary key, name text not null, ' +
      'sha256 text not null, applied_at timestamptz not null default now())',
  )
  const applied = await readApplied(connection)
  for (const migration of planMigrations(migrations, applied)) await apply(connection, migration)
}

async function readApplied(connection: Connection) {
  const rows = await connection.query('select number, name, sha256 from migrations', [])
  return rows.map((row) => ({
    number: Number(row.number),
    name: String(row.name),
    sha256: String(row.sha256),
  }))
}

/** What `migrate` would apply. Throws as it would; changes nothing. */
export async function readMissing(
  connection: Connection,
  directory = DIRECTORY,
): Promise<Migration[]> {
  const migrations = await readMigrations(directory)
  const [table] = await connection.query("select to_regclass('migrations') as name", [])
  return planMigrations(migrations, table?.name ? await readApplied(connection) : [])
}

async function apply(connection: Connection, migration: Migration): Promise<void> {
  await connection.execute('begin')
  try {
    await connection.execute(migration.sql)
    await connection.query('insert into migrations (number, name, sha256) values ($1, $2, $3)', [
      migration.number,
      migration.name,
      migration.sha256,
    ])
    await connection.execute('commit')
  } catch (error) {
    await connection.execute('rollback')
    throw new Error(`The migration ${migration.name} failed; nothing of it was kept.`, {
      cause: error,
    })
  }
}

/** What is still to apply. Throws when the database is newer than this program, or a file was edited. */
export function planMigrations(
  migrations: Migration[],
  applied: { number: number; name: string; sha256: string }[],
): Migration[] {
  for (const row of applied) {
    const migration = migrations.find(({ number }) => number === row.number)
    if (migration === undefined)
      throw new Error(
        `The database has the migration ${row.name}, which this version of Sluice does not know. ` +
          'Start a version at least as new as the one that last ran on this database.',
      )
    if (migration.sha256 !== row.sha256)
      throw new Error(
        `The migration ${row.name} was changed after it was applied. Restore the file and write ` +
          'the change as a new migration.',
      )
  }
  const done = new Set(applied.map(({ number }) => number))
  return migrations.filter(({ number }) => !done.has(number))
}

const FILE_NAME = /^(\d{4})-([a-z0-9-]+)\.sql$/

/** The files `NNNN-name.sql` of a directory, in order. Throws for another name or a number given twice. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const migrations: Migration[] = []
  for (const file of (await readdir(directory)).sort()) {
    const number = Number(FILE_NAME.exec(file)?.[1])
    if (Number.isNaN(number)) throw new Error(`A migration is named NNNN-name.sql, not ${file}.`)
    if (migrations.at(-1)?.number === number)
      throw new Error(`Two migrations have the number ${file.slice(0, 4)}.`)
    const sql = await readFile(join(directory, file), 'utf8')
    const sha256 = createHash('sha256').update(sql).digest('hex')
    migrations.push({ number, name: file.replace('.sql', ''), sql, sha256 })
  }
  return migrations
}
