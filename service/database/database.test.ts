import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { sql } from 'kysely'
import { openTestDatabase, testDatabaseUrl } from '#testing'
import {
  asOrganizationId,
  type Database,
  openDatabase,
  openScope,
  prepareScoped,
} from './database.ts'
import { lockDirectory } from './directory-lock.ts'

const clock = { now: () => new Date('2026-01-02T03:04:05.678Z') }

function temporaryDirectory() {
  const path = mkdtempSync(join(tmpdir(), 'sluice-database-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

describe('the data directory', () => {
  test('a second opener is refused with a sentence, and admitted after release', () => {
    using directory = temporaryDirectory()
    const first = lockDirectory(directory.path)
    assert.throws(
      () => lockDirectory(directory.path),
      new RegExp(`${directory.path} is in use by process ${process.pid}.*SLUICE_DATA_DIR`),
    )
    first.release()
    lockDirectory(directory.path).release()
  })

  test('another process is refused, and kill -9 of the holder leaves nothing behind', async () => {
    using directory = temporaryDirectory()
    const source = join(import.meta.dirname, 'directory-lock.ts')
    const holder = spawn(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { lockDirectory } from ${JSON.stringify(source)}
         globalThis.lock = lockDirectory(${JSON.stringify(directory.path)})
         console.log('held'); setInterval(() => {}, 1e6)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    await once(holder.stdout, 'data')
    assert.throws(() => lockDirectory(directory.path), new RegExp(`process ${holder.pid}`))
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    lockDirectory(directory.path).release()
  })
})

describe('on PGlite', () => {
  const directory = temporaryDirectory()
  let database: Database
  before(async () => {
    database = await openTestDatabase({ dataDirectory: directory.path })
  })
  after(async () => {
    await database.close()
    directory[Symbol.dispose]()
  })

  async function createOrganization() {
    const id = asOrganizationId(randomUUID())
    const now = clock.now()
    await database.db
      .insertInto('organizations')
      .values({
        id,
        parent_id: null,
        name: 'An organization',
        label_color: null,
        is_operator: false,
        created_at: now,
        modified_at: now,
      })
      .execute()
    return openScope(database, id, clock)
  }

  const keyColumns = ['id', 'name', 'sha256', 'created_at', 'revoked_at'] as const
  type NewKey = ReturnType<typeof newKey>

  function newKey() {
    const id = randomUUID()
    return { id, name: 'a key', sha256: id, created_at: clock.now(), revoked_at: null }
  }

  test('a scope reads, changes and deletes rows of its own organization only', async () => {
    const [own, other] = [await createOrganization(), await createOrganization()]
    const row = newKey()
    await own.insertInto('api_keys', row).execute()

    assert.deepEqual(await other.selectFrom('api_keys').selectAll().execute(), [])
    const update = other.updateTable('api_keys').set({ name: 'taken' })
    assert.equal((await update.executeTakeFirstOrThrow()).numUpdatedRows, 0n)
    assert.equal((await other.deleteFrom('api_keys').executeTakeFirstOrThrow()).numDeletedRows, 0n)

    const rows = await own.selectFrom('api_keys').selectAll().execute()
    assert.deepEqual(rows, [{ ...row, organization_id: own.organizationId }])
  })

  test('or() cannot widen a scope', async () => {
    const [own, other] = [await createOrganization(), await createOrganization()]
    await own.insertInto('api_keys', newKey()).execute()
    const rows = await other
      .selectFrom('api_keys')
      .selectAll()
      .where((eb) => eb.or([eb.lit(true), eb('name', '=', 'a key')]))
      .execute()
    assert.deepEqual(rows, [])
  })

  test('a statement that is prepared for any organization is the asking one’s', async () => {
    const [own, other] = [await createOrganization(), await createOrganization()]
    const insert = prepareScoped(keyColumns, (scope, row: NewKey) =>
      scope.insertInto('api_keys', row).returningAll(),
    )
    const byName = prepareScoped(['name'], (scope, { name }: { name: string }) =>
      scope.selectFrom('api_keys').selectAll().where('name', '=', name),
    )
    const row = newKey()
    const given = { ...row, organizationId: other.organizationId }
    const [inserted] = await own.ask(insert, given)

    assert.deepEqual(inserted, { ...row, organization_id: own.organizationId })
    assert.deepEqual(await own.ask(byName, { name: row.name }), [inserted])
    assert.deepEqual(await own.ask(byName, { name: 'another' }), [])
    assert.deepEqual(await other.ask(byName, { name: row.name }), [])
  })

  test('what is inserted alongside is there with the other row, or neither is', async () => {
    const scope = await createOrganization()
    const [first, second] = [newKey(), newKey()]
    await scope
      .alongside(scope.insertInto('api_keys', first))
      .insertInto('api_keys', second)
      .execute()
    const [third, again] = [newKey(), newKey()]
    const refused = scope
      .alongside(scope.insertInto('api_keys', third))
      .insertInto('api_keys', { ...again, sha256: first.sha256 })
    await assert.rejects(refused.execute(), /api_keys_sha256_key/)

    const ids = await scope.selectFrom('api_keys').select('id').execute()
    assert.deepEqual(new Set(ids.map(({ id }) => id)), new Set([first.id, second.id]))
  })

  test('a transaction that fails leaves nothing, also when it was nested', async () => {
    const scope = await createOrganization()
    const failing = scope.transaction(async (outer) => {
      await outer.insertInto('api_keys', newKey()).execute()
      await outer.transaction(async (inner) => {
        await inner.insertInto('api_keys', [newKey(), newKey()]).execute()
      })
      throw new Error('after all')
    })
    await assert.rejects(failing, /after all/)
    assert.deepEqual(await scope.selectFrom('api_keys').selectAll().execute(), [])
  })

  test('a count is a number', async () => {
    const scope = await createOrganization()
    await scope.insertInto('api_keys', [newKey(), newKey()]).execute()
    const { count } = await scope
      .selectFrom('api_keys')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    assert.equal(count, 2)
  })

  test('a statement that fails says why, and keeps nothing from the next', async () => {
    const scope = await createOrganization()
    const row = newKey()
    await scope.insertInto('api_keys', row).execute()
    for (const _again of [1, 2])
      await assert.rejects(scope.insertInto('api_keys', row).execute(), { code: '23505' })
    const failing = scope.transaction(async (tx) => {
      await assert.rejects(tx.insertInto('api_keys', row).execute(), { code: '23505' })
      await tx.selectFrom('api_keys').selectAll().execute()
    })
    await assert.rejects(failing, { code: '25P02' })
    assert.equal((await scope.selectFrom('api_keys').selectAll().execute()).length, 1)
  })

  test('a transaction whose failure was swallowed is not taken for one that was kept', async () => {
    const scope = await createOrganization()
    const row = newKey()
    const swallowing = scope.transaction(async (tx) => {
      await tx.insertInto('api_keys', row).execute()
      await assert.rejects(tx.insertInto('api_keys', row).execute())
    })
    await assert.rejects(swallowing)
    assert.deepEqual(await scope.selectFrom('api_keys').selectAll().execute(), [])
  })

  test('what is asked again and again is answered anew, whatever was asked in between', async () => {
    const scope = await createOrganization()
    const row = newKey()
    const read = () => scope.selectFrom('api_keys').select(['id', 'name']).execute()
    for (let round = 0; round < 3; round += 1) {
      const { id, sha256 } = newKey()
      await scope.insertInto('api_keys', { ...row, id, sha256, name: `${round}` }).execute()
      assert.equal((await read()).length, round + 1)
      for (let other = 0; other < 600; other += 1)
        await sql`select ${sql.lit(other)}::int4 as n`.execute(database.db)
    }
  })

  test('values come back as they went in', async () => {
    const { rows } = await sql`
      select ${'ü "x"\\\n€'}::text as text, ''::text as empty, ${null}::text as nothing, ${true}::boolean as yes,
        ${clock.now()}::timestamptz as at, ${2 ** 53 - 1}::int8 as safe, ${2n ** 60n}::int8 as large,
        ${JSON.stringify({ a: [1, null] })}::jsonb as json, ${['a', 'b,"c']}::text[] as list,
        array[1, 2]::int4[] as numbers, 1.5::float8 as half
    `.execute(database.db)
    assert.deepEqual(rows, [
      {
        text: 'ü "x"\\\n€',
        empty: '',
        nothing: null,
        yes: true,
        at: clock.now(),
        safe: 2 ** 53 - 1,
        large: 2n ** 60n,
        json: { a: [1, null] },
        list: ['a', 'b,"c'],
        numbers: [1, 2],
        half: 1.5,
      },
    ])
  })

  test('opening it a second time is refused', async () => {
    await assert.rejects(
      openTestDatabase({ dataDirectory: directory.path }),
      /is in use by process/,
    )
  })
})

test('rows survive a restart, and migrations run once', async () => {
  using directory = temporaryDirectory()
  for (const expected of [0, 1]) {
    await using database = await openTestDatabase({ dataDirectory: directory.path })
    const rows = await database.db.selectFrom('organizations').selectAll().execute()
    assert.equal(rows.length, expected)
    const now = clock.now()
    const id = asOrganizationId(randomUUID())
    const names = { name: 'Kept', label_color: null, parent_id: null, is_operator: false }
    await database.db
      .insertInto('organizations')
      .values({ id, ...names, created_at: now, modified_at: now })
      .execute()
  }
})

test('a PostgreSQL that cannot be reached is a fault that passes, and frees the directory', async () => {
  using directory = temporaryDirectory()
  const url = 'postgres://sluice:hunter22@127.0.0.1:9/sluice'
  for (const _attempt of [1, 2])
    await assert.rejects(openDatabase({ dataDirectory: directory.path, url }), {
      name: 'TransientError',
      code: 'DATABASE_UNAVAILABLE',
    })
})

test('processes that start at once on an empty PostgreSQL wait for each other’s migrations', {
  skip: !process.env.SLUICE_TEST_DATABASE_URL && 'needs PostgreSQL: npm run test:postgres',
}, async () => {
  using directory = temporaryDirectory()
  const url = await testDatabaseUrl(directory.path)
  assert(url)
  const starts = await Promise.allSettled(
    ['a', 'b', 'c', 'd'].map((name) =>
      openDatabase({ dataDirectory: join(directory.path, name), url }),
    ),
  )
  const opened = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []))
  await Promise.all(opened.map((database) => database.close()))
  const failures = starts.flatMap((start) => (start.status === 'rejected' ? [start.reason] : []))
  assert.deepEqual(failures, [])
})
