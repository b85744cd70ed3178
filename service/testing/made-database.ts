import { createHash } from 'node:crypto'
import { cpSync, existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openDatabase } from '#database'

const ROOT = join(import.meta.dirname, '../..')
const KEPT = join(ROOT, 'node_modules/.cache/sluice-test-databases')
/** The oids of template1 and template0. */
const TEMPLATES = ['1', '4']

/**
 * Gives a data directory that has no embedded database yet a copy of one that was made and migrated
 * before: to make one takes ten times as long. The first to ask makes it, for as long as neither the
 * migrations nor the dependencies change.
 */
export async function layEmbeddedDatabase(dataDirectory: string): Promise<void> {
  const database = join(dataDirectory, 'database')
  if (existsSync(database)) return
  const made = await makeOnce()
  await mkdir(dataDirectory, { recursive: true })
  // In one step: whoever is killed meanwhile leaves no half of a database.
  const copy = await mkdtemp(`${database}-`)
  cpSync(join(made, 'database'), copy, { recursive: true })
  await rename(copy, database)
}

async function makeOnce(): Promise<string> {
  const made = join(KEPT, nameOf())
  if (existsSync(made)) return made
  await mkdir(KEPT, { recursive: true })
  const making = await mkdtemp(`${made}-`)
  const database = await openDatabase({ dataDirectory: making })
  await database.close()
  // Two thirds of its files, for databases that nobody makes or opens.
  for (const template of TEMPLATES)
    await rm(join(making, 'database/base', template), { recursive: true })
  // Another may have been quicker; what it made is the same.
  await rename(making, made).catch(() => rm(making, { recursive: true }))
  return made
}

/** Of everything that a new database is made of. */
function nameOf(): string {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')))
  const migrations = globSync('service/database/**/*.sql', { cwd: ROOT }).toSorted()
  for (const file of migrations) hash.update(file).update(readFileSync(join(ROOT, file)))
  return hash.digest('hex').slice(0, 24)
}
