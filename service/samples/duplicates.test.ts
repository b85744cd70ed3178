import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openTestClickhouse, type TestClickhouse } from '#testing'
import { storeDuplicates } from './duplicates.ts'
import { openStore, type Store } from './store.ts'
import { samplesTable } from './tables.ts'

const HOURS = [10, 12].map((hour) => new Date(`2026-03-01T${hour}:00:00Z`))
const ROWS = 2000
const SEEN_TWICE = 40
let directory: string
let clickhouse: TestClickhouse
let store: Store

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-duplicates-'))
  clickhouse = await openTestClickhouse({ dataDirectory: directory })
  const { url, username, password, database: databaseName } = clickhouse
  store = openStore({ url, username, password, databaseName })
  await store.migrate()
})

after(async () => {
  store.close()
  await clickhouse.close()
  await rm(directory, { recursive: true, force: true })
})

/** Rows of the hour of ten, and some of their keys again at twelve, where they were stored first. */
async function insertRows(licenseKey: string, impression: string): Promise<void> {
  for (const [hour, count, precedence] of [
    [10, ROWS, 1_000_000],
    [12, SEEN_TWICE, 2_000_000],
  ])
    await store.command({
      sql: `INSERT INTO ${store.named('samples')}
        (license_key, impression_id, sequence_number, time, stored_at, precedence, expires_at)
        SELECT '${licenseKey}', ${impression}, number, toDateTime64('2026-03-01 ${hour}:30:00', 3, 'UTC'),
          toDateTime64('2026-03-01 13:00:00', 3, 'UTC'), ${precedence} + number,
          toDateTime('2100-01-01 00:00:00', 'UTC')
        FROM numbers(${count})`,
    })
}

/** Those that were found, each once, and how many queries were about keys. */
async function find(licenseKey: string, keysMax: number) {
  const named = store.named('sample_duplicates')
  await store.command({ sql: `TRUNCATE TABLE ${named}` })
  const conditions: string[] = []
  const watched: Store = {
    ...store,
    rows: (query) => {
      conditions.push(query.sql.match(/\{(low|high|slice):/g)?.join('') ?? '')
      return store.rows(query)
    },
  }
  const storedBefore = new Date('2026-03-01T14:00:00Z')
  const hours = { table: samplesTable, licenseKey, hours: HOURS, storedBefore }
  await storeDuplicates(watched, hours, { rows: ROWS + SEEN_TWICE, keysMax })
  const found = await store.rows<{ hour: string; sequence: string }>({
    sql: `SELECT toString(toHour(hour)) AS hour, toString(sequence_number) AS sequence FROM ${named}
      ORDER BY sequence_number`,
  })
  return { found, conditions }
}

const expected = Array.from({ length: SEEN_TWICE }, (_, number) => ({
  hour: '10',
  sequence: String(number),
}))

test('keys that were stored in another hour before are found, in slices as in one', async () => {
  await insertRows('many', "concat('i-', toString(sipHash64(number)))")
  const whole = await find('many', 1_000_000)
  assert.deepEqual(whole.found, expected)
  assert.equal(whole.conditions.length, 1)
  const sliced = await find('many', 500)
  assert.deepEqual(sliced.found, expected)
  assert.equal(sliced.conditions.length, 6) // where to cut, and five slices
  assert(sliced.conditions.slice(1).every((each) => /low|high/.test(each)))
})

test('one impression that has more rows than a slice is cut all the same', async () => {
  await insertRows('one', "'the only one'")
  const { found, conditions } = await find('one', 500)
  assert.deepEqual(found, expected)
  assert.equal(conditions.length, 6)
  assert(conditions.slice(1).every((each) => each.includes('slice')))
})
