import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClient } from '@clickhouse/client'
import { openTestClickhouse } from '#testing'
import {
  addColumnsStatements,
  catchUpStatements,
  deleteStatement,
  schemaStatements,
} from './schema.ts'

const cluster = { database: 'sluice', cluster: 'many' }
const ofCluster = [
  ...schemaStatements(cluster),
  ...addColumnsStatements(cluster, 'samples', ['new_column Nullable(String)']),
  ...catchUpStatements(cluster),
  deleteStatement(cluster, 'samples', "license_key = 'aurora'"),
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

test('ClickHouse reads each statement for a cluster', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-schema-'))
  await using clickhouse = await openTestClickhouse({ dataDirectory: directory })
  t.after(() => rm(directory, { recursive: true, force: true }))
  const { url, username, password } = clickhouse
  const client = createClient({ url, username, password })
  t.after(() => client.close())
  const read = async (sql: string) => {
    const query = 'SELECT formatQuery({sql:String}) AS formatted'
    const answer = await client.query({ query, query_params: { sql }, format: 'JSONEachRow' })
    return JSON.stringify(await answer.json())
  }
  for (const statement of ofCluster) assert.match(await read(statement), /ON CLUSTER many/)
  await assert.rejects(read('CREATE TABLE sluice.samples ON CLUSTER ('), /Syntax error/)
})
