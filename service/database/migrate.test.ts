import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Connections, openConnections } from './connections.ts'
import { migrate, planMigrations, readMigrations } from './migrate.ts'

const first = { number: 1, name: '0001-first', sql: 'select 1', sha256: 'a' }
const second = { number: 2, name: '0002-second', sql: 'select 2', sha256: 'b' }

test('a database that is newer than the program is refused', () => {
  assert.throws(() => planMigrations([first], [first, second]), /0002-second, which this version/)
})

test('a migration that was changed after it was applied is refused', () => {
  assert.throws(
    () => planMigrations([first], [{ ...first, sha256: 'c' }]),
    /0001-first was changed/,
  )
})

test('what is missing is applied, in order', () => {
  assert.deepEqual(planMigrations([first, second], []), [first, second])
  assert.deepEqual(planMigrations([first, second], [first]), [second])
  assert.deepEqual(planMigrations([first, second], [second]), [first])
})

describe('on a database', () => {
  let directory: string
  let connections: Connections
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-migrate-'))
    connections = await openConnections({ dataDirectory: directory })
  })
  after(async () => {
    await connections.close()
    await rm(directory, { recursive: true })
  })

  async function writeMigrations(name: string, files: Record<string, string>): Promise<string> {
    const path = join(directory, name)
    await mkdir(path)
    for (const [file, sql] of Object.entries(files)) await writeFile(join(path, file), sql)
    return path
  }
  const tables = async () =>
    connections.withConnection(async (connection) => {
      const sql = "select table_name from information_schema.tables where table_schema = 'public'"
      return (await connection.query(sql, [])).map((row) => row.table_name)
    })

  test('a file of another name, or a number given twice, is refused', async () => {
    const odd = await writeMigrations('odd', { 'first.sql': '' })
    await assert.rejects(readMigrations(odd), /NNNN-name\.sql, not first\.sql/)
    const twice = await writeMigrations('twice', { '0001-a.sql': '', '0001-b.sql': '' })
    await assert.rejects(readMigrations(twice), /Two migrations have the number 0001/)
  })

  test('of a migration that fails nothing is kept, and what came before it is', async () => {
    const broken = await writeMigrations('broken', {
      '0001-kept.sql': 'create table kept (id integer); create index on kept (id);',
      '0002-lost.sql': 'create table lost (id integer); select nonsense;',
    })
    await assert.rejects(migrate(connections, broken), /0002-lost failed; nothing of it was kept/)
    assert.deepEqual((await tables()).sort(), ['kept', 'migrations'])
  })

  test('a migration is applied once, however often they are run', async () => {
    const both = await writeMigrations('both', {
      '0001-kept.sql': 'create table kept (id integer); create index on kept (id);',
      '0003-new.sql': 'create table new (id integer)',
    })
    await migrate(connections, both)
    await migrate(connections, both)
    assert.deepEqual((await tables()).sort(), ['kept', 'migrations', 'new'])
    // What a version does that has one of them only, as its operator meets it.
    const older = await writeMigrations('older', {
      '0001-kept.sql': 'create table kept (id integer); create index on kept (id);',
    })
    await assert.rejects(migrate(connections, older), /0003-new, which this version/)
    assert.deepEqual((await tables()).sort(), ['kept', 'migrations', 'new'])
  })
})
