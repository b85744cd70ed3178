import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClient } from '@clickhouse/client'
import { sql } from 'kysely'
import { getExportTask, listExportFiles } from '#exports'
import { listLicenses } from '#licenses'
import { createOutput, getOutput } from '#outputs'
import { openSamples, schemaStatements } from '#samples'
import { openTestClickhouse, openTestDatabase, testDatabaseUrl } from '#testing'
import { openConnections } from './connections.ts'
import { asOrganizationId, openScope } from './database.ts'
import { migrate } from './migrate.ts'

// From every release so far, with data in it, to what there is now. A release adds its file to
// testing/releases: the number of migrations that it has, and rows of every table.

const releases = join(import.meta.dirname, '..', 'testing', 'releases')
const migrations = join(import.meta.dirname, 'migrations')
const id = (last: string) => `00000000-0000-4000-8000-00000000000${last}`
const clock = { now: () => new Date('2026-03-03T00:00:00Z') }

/** A database as the release left it; answers how many rows each of its tables has. */
async function makeRelease(
  directory: string,
  release: string,
  more = '',
): Promise<Map<string, number>> {
  const text = await readFile(join(releases, release), 'utf8')
  const count = Number(/^-- migrations: (\d+)$/m.exec(text)?.[1])
  const old = join(directory, 'migrations')
  await mkdir(old)
  const files = (await readdir(migrations)).sort().slice(0, count)
  assert.equal(files.length, count)
  for (const file of files) await cp(join(migrations, file), join(old, file))
  const url = await testDatabaseUrl(directory)
  const connections = await openConnections({ dataDirectory: directory, ...(url && { url }) })
  try {
    await migrate(connections, old)
    return await connections.withConnection(async (connection) => {
      await connection.execute(text + more)
      const tables = await connection.query(
        "select table_name from information_schema.tables where table_schema = 'public'",
        [],
      )
      const counts = new Map<string, number>()
      for (const { table_name: name } of tables) {
        const [row] = await connection.query(`select count(*) as count from ${name}`, [])
        assert(Number(row?.count) > 0, `${release} has no row of ${name}`)
        counts.set(String(name), Number(row?.count))
      }
      return counts
    })
  } finally {
    await connections.close()
  }
}

for (const release of await readdir(releases))
  test(`what ${release} stored is there after the upgrade, and read as ever`, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-upgrade-'))
    t.after(() => rm(directory, { recursive: true, force: true }))
    const before = await makeRelease(directory, release)
    await using database = await openTestDatabase({ dataDirectory: directory })
    for (const [table, count] of before) {
      if (table === 'migrations') continue
      const { rows } = await sql<{
        count: number
      }>`select count(*) as count from ${sql.table(table)}`.execute(database.db)
      assert.equal(Number(rows[0]?.count), count, table)
    }
    const scope = openScope(database, asOrganizationId(id('1')), clock)
    const task = await getExportTask(scope, id('c'))
    assert.deepEqual(
      [task.status, task.progress, task.columns, task.licenseKeys],
      ['FINISHED', 100, ['time', 'impression_id'], [id('6')]],
    )
    const failed = await getExportTask(scope, id('d'))
    assert(failed.status === 'ERROR')
    assert.equal(failed.error.remedy, 'Change the trust policy.')
    const { items: files } = await listExportFiles(scope, id('c'), { offset: 0, limit: 10 })
    assert.deepEqual(
      files.map(({ row_count }) => row_count),
      [2, 0],
    )
    assert.equal((await getOutput(scope, id('a'))).externalId, 'sluice-generated-0123456789abcdef')
    const licenses = await listLicenses(scope, { offset: 0, limit: 10 })
    assert.deepEqual(
      licenses.items.map(({ name, retentionDays }) => [name, retentionDays]),
      [['web', 400]],
    )
  })

test('a GLOBAL external id from before there were rotations is still the organization’s one', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-upgrade-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const global = (externalId: string, retiredAt: string) =>
    `insert into external_ids (external_id, organization_id, mode, issued_at, retired_at) values
      ('${externalId}', '${id('1')}', 'GLOBAL', '2026-03-01Z', ${retiredAt});`
  const more = global('sluice-global-old', "'2026-03-02Z'") + global('sluice-global', 'null')
  await makeRelease(directory, '0.1.0.sql', more)
  await using database = await openTestDatabase({ dataDirectory: directory })
  const scope = openScope(database, asOrganizationId(id('1')), clock)
  const { externalId } = await createOutput(scope, {
    bucketName: 'aurora-samples',
    roleArn: 'arn:aws:iam::111122223333:role/sluice',
    externalIdMode: 'GLOBAL',
    externalId: undefined,
    name: undefined,
    description: undefined,
    md5MetaTag: undefined,
    cloudRegion: undefined,
    pathPrefix: undefined,
    expectedBucketOwner: undefined,
    kmsKeyArn: undefined,
    bucketOwnerFullControl: false,
    customData: {},
  })
  assert.equal(externalId, 'sluice-global')
})

test('a sample store that lacks the newest columns gets them, and keeps its rows', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-upgrade-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  await using clickhouse = await openTestClickhouse({ dataDirectory: directory })
  await using database = await openTestDatabase({ dataDirectory: directory })
  const { url, username, password, database: name } = clickhouse
  const client = createClient({ url, username, password })
  t.after(() => client.close())
  const dropped = ['video_duration', 'is_live']
  for (const statement of schemaStatements({ database: name, cluster: undefined })) {
    const lines = statement.split('\n')
    const older = lines.filter(
      (line) => !dropped.some((column) => line.trim().startsWith(`${column} `)),
    )
    await client.command({ query: older.join('\n') })
  }
  await client.insert({
    table: `${name}.samples`,
    format: 'JSONEachRow',
    values: [{ license_key: 'aurora', impression_id: 'i', expires_at: '2100-01-01 00:00:00' }],
  })
  const address = { url, username, password, database: name }
  const samples = await openSamples({ database, clock, clickhouse: address, onFault: () => {} })
  await samples.close()
  const answer = await client.query({
    query: `SELECT impression_id, ${dropped.join(', ')} FROM ${name}.samples`,
    format: 'JSONEachRow',
  })
  assert.deepEqual(await answer.json(), [
    { impression_id: 'i', video_duration: null, is_live: null },
  ])
})
