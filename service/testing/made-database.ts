import { createHash } from 'node:crypto'
import { cpSync, existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { openDatabase } from '#database'

const ROOT = join(import.meta.dirname, '../..')
const KEPT = join(ROOT, 'node_modules/.cache/sluice-test-databases')

const WAL_SEGMENT = /^[0-9A-F]{24}$/
const WAL_SEGMENT_BYTES = 16 * 1024 * 1024

/**
 * Gives a data directory that has no embedded database yet a copy of one that was made and migrated
 * before: to make one takes ten times as long. The first to ask makes it, for as long as neither the
 * migrations nor the dependencies change. What a copy would not need is taken out of it: three quarters.
 */
export async function layEmbeddedDatabase(dataDirectory: string): Promise<void> {
  const database = join(dataDirectory, 'database')
  if (existsSync(database)) return
  const made = await makeOnce()
  await mkdir(dataDirectory, { recursive: true })
  // In one step: whoever is killed meanwhile leaves no half of a database.
  const copy = await mkdtemp(`${database}-`)
  cpSync(join(made, 'database'), copy, { recursive: true })
  for (const segment of await listSegments(copy)) await truncate(segment, WAL_SEGMENT_BYTES)
  await rename(copy, database)
}

async function makeOnce(): Promise<string> {
  const made = join(KEPT, nameOf())
  if (existsSync(made)) return made
  await mkdir(KEPT, { recursive: true })
  const making = await mkdtemp(`${made}-`)
  await make(making)
  // Another may have been quicker; what it made is the same.
  await rename(making, made).catch(() => rm(making, { recursive: true }))
  return made
}

async function make(dataDirectory: string): Promise<void> {
  const { db, close } = await openDatabase({ dataDirectory })
  // Nobody makes another database in this one.
  await sql`update pg_database set datistemplate = false`.execute(db)
  for (const name of ['template0', 'template1'])
    await sql`drop database ${sql.ref(name)}`.execute(db)
  // The log of all this is over with a segment; the close takes the next, and leaves a spare one.
  await sql`select pg_switch_wal()`.execute(db)
  await close()
  const [current = '', ...spare] = await listSegments(join(dataDirectory, 'database'))
  for (const segment of spare) await rm(segment)
  const written = (await readFile(current)).findLastIndex((byte) => byte !== 0) + 1
  await truncate(current, written)
}

async function listSegments(database: string): Promise<string[]> {
  const log = join(database, 'pg_wal')
  const names = (await readdir(log)).filter((name) => WAL_SEGMENT.test(name))
  return names.toSorted().map((name) => join(log, name))
}

/** Of everything that a new database is made of. */
function nameOf(): string {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')))
  const migrations = globSync('service/database/**/*.sql', { cwd: ROOT }).toSorted()
  for (const file of [...migrations, 'service/testing/made-database.ts'])
    hash.update(file).update(readFileSync(join(ROOT, file)))
  return hash.digest('hex').slice(0, 24)
}
