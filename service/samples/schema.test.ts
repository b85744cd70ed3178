import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createClient } from '@clickhouse/client'
import { openTestClickhouse } from '#testing'
import {
  addColumnsStatements,
  addIndexStatement,
  catchUpStatements,
  deleteStatement,
  mergeStatement,
  schemaStatements,
} from './schema.ts'
import { openStore } from './store.ts'
import { samplesTable } from './tables.ts'

const cluster = { database: 'sluice', cluster: 'many' }
const ofCluster = [
  ...schemaStatements(cluster),
  ...addColumnsStatements(cluster, 'samples', ['new_column Nullable(String)']),
  addIndexStatement(cluster, samplesTable),
  ...catchUpStatements(cluster),
  deleteStatement(cluster, 'samples', "license_key = 'aurora'"),
  mergeStatement(cluster, 'samples_local', ['merge_selector_base = 1000']),
]

test('a name that SQL would read as something else is refused', () => {
  assert.throws(() => schemaStatements({ database: 'a`; DROP', cluster: undefined }), /is a word/)
})

test('one server has no statement for a cluster, and needs nobody to catch up', () => {
  const names = { database: 'sluice', cluster: undefined }
  const text = [
    ...schemaStatements(names),
    ...addColumnsStatements(names, 'samples', ['a Bool']),
    deleteStatement(names, 'samples', 'false'),
  ].join('\n')
  assert.doesNotMatch(text, /ON CLUSTER|Replicated|Distributed|_local/)
  assert.deepEqual(catchUpStatements(names), [])
})

test('on a cluster every statement is for all servers, and a license lies on one shard', () => {
  for (const statement of ofCluster) assert.match(statement, / ON CLUSTER `many`/)
  const text = ofCluster.join('\n')
  assert.equal(text.match(/ENGINE = ReplicatedReplacingMergeTree/g)?.length, 5)
  assert.equal(
    text.match(/Distributed\(`many`, `sluice`, \w+_local, sipHash64\(license_key\)\)/g)?.length,
    5,
  )
})

async function openServer(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-schema-'))
  const clickhouse = await openTestClickhouse({ dataDirectory: directory })
  const { url, username, password } = clickhouse
  const client = createClient({ url, username, password })
  t.after(async () => {
    await client.close()
    await clickhouse.close()
    await rm(directory, { recursive: true, force: true })
  })
  return { clickhouse, client }
}

test('tables of an older version merge as seldom as new ones, and find impressions', async (t) => {
  const { clickhouse, client } = await openServer(t)
  const { url, username, password, database: databaseName } = clickhouse
  for (const query of schemaStatements({ database: databaseName, cluster: undefined }))
    await client.command({ query: query.replace(/,\s+INDEX by_impression.*/, '') })
  const former = 'merge_selector_base = 30, min_parts_to_merge_at_once = 100'
  await client.command({ query: `ALTER TABLE ${databaseName}.samples MODIFY SETTING ${former}` })
  const store = openStore({ url, username, password, databaseName })
  t.after(() => store.close())
  await store.migrate()
  await store.migrate()
  const query = `SELECT name, engine_full LIKE '%merge_selector_base = 1000, min_parts_to_merge_at_once = 10, auto_statistics_types = \\'\\'%' AS isSet,
      create_table_query LIKE '%INDEX by_impression%' AS hasIndex
    FROM system.tables WHERE database = {databaseName:String} ORDER BY name`
  const asked = { query, query_params: { databaseName }, format: 'JSONEachRow' } as const
  assert.deepEqual(await (await client.query(asked)).json(), [
    { name: 'ad_sample_duplicates', isSet: 0, hasIndex: 0 },
    { name: 'ad_samples', isSet: 1, hasIndex: 1 },
    { name: 'error_details', isSet: 1, hasIndex: 1 },
    { name: 'sample_duplicates', isSet: 0, hasIndex: 0 },
    { name: 'samples', isSet: 1, hasIndex: 1 },
  ])
})

test('ClickHouse reads each statement for a cluster', async (t) => {
  const { client } = await openServer(t)
  const read = async (sql: string) => {
    const query = 'SELECT formatQuery({sql:String}) AS formatted'
    const answer = await client.query({ query, query_params: { sql }, format: 'JSONEachRow' })
    return JSON.stringify(await answer.json())
  }
  for (const statement of ofCluster) assert.match(await read(statement), /ON CLUSTER many/)
  await assert.rejects(read('CREATE TABLE sluice.samples ON CLUSTER ('), /Syntax error/)
})
