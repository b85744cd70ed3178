import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openTestClickhouse, type TestClickhouse } from '#testing'
import { openImpressions } from './impressions.ts'
import { insertSettings } from './schema.ts'
import { openStore, type Query, type Store } from './store.ts'

// Two days of two licenses, five hundred rows an hour: in 8,192 rows of the key's order lie many hours.

const LICENSES = ['aurora', 'borealis']
const HOURS = 48
const ROWS_AN_HOUR = 500
const START = '2026-03-01 00:00:00'
const now = new Date('2026-03-20T00:00:00Z')

let directory: string
let clickhouse: TestClickhouse
let store: Store
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-impressions-'))
  clickhouse = await openTestClickhouse({ dataDirectory: directory })
  const { url, username, password, database: databaseName } = clickhouse
  store = openStore({ url, username, password, databaseName })
  await store.migrate()
  for (const [table, columns] of [
    ['samples', 'impression_id, sequence_number'],
    ['ad_samples', 'video_impression_id, ad_impression_id'],
    ['error_details', 'impression_id, error_id'],
  ] as const) {
    await store.command({
      sql: `INSERT INTO ${store.named(table)}
          (license_key, time, ${columns}, stored_at, precedence, expires_at)
        SELECT if(number % 2 = 0, 'aurora', 'borealis'),
          toDateTime64('${START}', 3, 'UTC') + toIntervalHour(intDiv(number, ${2 * ROWS_AN_HOUR})) AS at,
          concat('i-', toString(intDiv(number, 8))), number, at, number, toDateTime('2036-01-01 00:00:00')
        FROM numbers(${LICENSES.length * HOURS * ROWS_AN_HOUR})`,
      settings: insertSettings({ database: databaseName, cluster: undefined }),
    })
    await store.command({ sql: `OPTIMIZE TABLE ${store.named(table)} FINAL` })
  }
})
after(async () => {
  await store.close()
  await clickhouse.close()
  await rm(directory, { recursive: true, force: true })
})

/** How many granules the store means to read for what is asked, and how many there are. */
async function explain(ask: (of: ReturnType<typeof openImpressions>) => Promise<unknown[]>) {
  const asked: Query[] = []
  const remember: Store['rows'] = (query) => {
    asked.push(query)
    return store.rows(query)
  }
  const found = await ask(openImpressions({ ...store, rows: remember }, { now: () => now }))
  const [query] = asked
  assert(query !== undefined && asked.length === 1)
  const plan = await store.rows<{ explain: string }>({
    ...query,
    sql: `EXPLAIN indexes = 1 ${query.sql}`,
  })
  const granules = plan.flatMap(({ explain: line }) => {
    const [, read, all] = /Granules: (\d+)\/(\d+)/.exec(line) ?? []
    return read === undefined ? [] : [{ read: Number(read), all: Number(all) }]
  })
  return { found: found.length, read: granules.at(-1)?.read, all: granules[0]?.all ?? 0 }
}

const impression = { licenseKeys: LICENSES, impressionId: 'i-3000' }

test('whatever there is of an impression is read from a granule or two, and nobody has to know its hour', async () => {
  for (const verb of ['readSamples', 'readAds', 'readErrorDetails'] as const) {
    const { found, read, all } = await explain((impressions) => impressions[verb](impression))
    assert.equal(found, 8, verb)
    assert.ok(all >= 6, `${verb}: of ${all}`)
    assert.ok(read !== undefined && read <= 2, `${verb}: ${read} of ${all}`)
  }
})

test('impressions of an hour are looked for in that hour', async () => {
  const window = { start: new Date('2026-03-02T10:00:00Z'), end: new Date('2026-03-02T11:00:00Z') }
  const query = { licenseKeys: ['aurora'], window, filters: [], limit: 1000 }
  const { found, read } = await explain((impressions) => impressions.find(query))
  assert.equal(found, 125)
  assert.ok(read !== undefined && read <= 2, String(read))
})
