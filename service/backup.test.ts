import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClient } from '@sluice/sdk'
import pg from 'pg'
import {
  clockAtTenPast,
  openExporter,
  openTestClickhouse,
  openTestDatabase,
  startWorld,
  testDatabaseUrl,
  type World,
} from '#testing'

// docs/backup.md, done: a copy of the data directory; and PostgreSQL first, ClickHouse second, under a
// service that goes on.

const HOUR_MS = 3_600_000
const DAY_BEFORE = new Date(Math.floor(Date.now() / 86_400_000 - 2) * 86_400_000)
/** The original's, so that its hour is over when the copy starts. */
const before = clockAtTenPast(2)
const hourOf = (instant: Date) => Math.floor(instant.getTime() / HOUR_MS) * HOUR_MS

function rowsFrom(first: number, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    time: DAY_BEFORE.getTime() + (index % 24) * HOUR_MS,
    impression_id: `imported-${first + index}`,
    sequence_number: 0,
  }))
}

async function sendSample(world: World, licenseKey: string, impressionId: string) {
  const body = JSON.stringify({ key: licenseKey, impressionId, sequenceNumber: 0 })
  const answer = await fetch(`${world.url}/analytics`, { method: 'POST', body })
  assert.equal(answer.status, 204)
}

/** How many rows an export of the window has, by its manifest's own files. */
async function exportedRows(world: World, window: { start: number; end: number; path: string }) {
  const [organization] = world.organizations
  assert(organization)
  const { apiKey, licenseKey } = organization
  const client = createClient({ apiUrl: world.apiUrl, apiKey })
  const { value: output } = await client.outputs.s3RoleBased.list().next()
  const task = await client.exportTasks.create({
    name: window.path,
    startTime: new Date(window.start).toISOString(),
    endTime: new Date(window.end).toISOString(),
    licenseKey,
    type: 'SESSIONS',
    output: { outputId: output?.id ?? '', outputPath: window.path },
  })
  await client.exportTasks.waitUntilFinished(task.id, { pollMs: 100 })
  let rows = 0
  for await (const file of client.exportTasks.listFiles(task.id)) rows += file.rows ?? 0
  return rows
}

const day = { start: DAY_BEFORE.getTime(), end: DAY_BEFORE.getTime() + 24 * HOUR_MS }

test('a copy of the data directory is a whole Sluice', {
  skip:
    Boolean(process.env.SLUICE_TEST_DATABASE_URL ?? process.env.SLUICE_TEST_CLICKHOUSE_URL) &&
    'embedded',
}, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-backup-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const [original, copy] = [join(directory, 'original'), join(directory, 'copy')]
  await using world = await startWorld({ dataDirectory: original, clock: before })
  using exporter = await openExporter(world)
  const { licenseKey, importRows } = exporter
  await importRows(rowsFrom(0, 24))
  await sendSample(world, licenseKey, 'before')
  const hour = hourOf(before.now())
  await world.close()
  await cp(original, copy, { recursive: true })
  await rm(original, { recursive: true })
  await using restored = await startWorld({ dataDirectory: copy })
  assert.equal(await exportedRows(restored, { ...day, path: 'day' }), 24)
  assert.equal(await exportedRows(restored, { start: hour, end: hour + HOUR_MS, path: 'hour' }), 1)
})

test('the database first and the store second, while players send: nothing is missing or twice', {
  skip: !process.env.SLUICE_TEST_DATABASE_URL && 'needs PostgreSQL: npm run test:postgres',
}, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-backup-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const place = (name: string) => join(directory, name)
  const clickhouse = await openTestClickhouse({ dataDirectory: place('store') })
  if (clickhouse.pid === undefined) return t.skip('the store is copied as a directory')
  const env = { SLUICE_LOG_LEVEL: 'silent' }
  await using world = await startWorld({
    dataDirectory: place('original'),
    clock: before,
    env: { ...env, SLUICE_CLICKHOUSE_URL: clickhouse.address },
  })
  using exporter = await openExporter(world)
  const { licenseKey, importRows } = exporter
  await importRows(rowsFrom(0, 24))
  await sendSample(world, licenseKey, 'before')
  const hour = hourOf(before.now())
  const dump = await dumpDatabase(place('original'))
  await sendSample(world, licenseKey, 'between')
  await sendSample(world, licenseKey, 'between') // a player that sends twice
  await importRows(rowsFrom(24, 24))
  await clickhouse.close()
  await cp(place('store'), place('store-copy'), { recursive: true })
  await world.close()

  // What is the customer's and AWS's is not in the backup: it is simply still there.
  await cp(join(place('original'), 'aws'), join(place('restored'), 'aws'), { recursive: true })
  await cp(join(place('original'), 'world.json'), join(place('restored'), 'world.json'))
  await restoreDatabase(place('restored'), dump)
  await using copied = await openTestClickhouse({ dataDirectory: place('store-copy') })
  await using restored = await startWorld({
    dataDirectory: place('restored'),
    env: { ...env, SLUICE_CLICKHOUSE_URL: copied.address },
  })
  const window = { start: hour, end: hour + HOUR_MS }
  assert.equal(await exportedRows(restored, { ...window, path: 'hour' }), 2)
  assert.equal(await exportedRows(restored, { ...day, path: 'day' }), 24)
  // Imported between the two backups: imported again, they are there, once.
  const [organization] = restored.organizations
  const client = createClient({ apiUrl: restored.apiUrl, apiKey: organization?.apiKey ?? '' })
  await importRows(rowsFrom(24, 24), client)
  assert.equal(await exportedRows(restored, { ...day, path: 'day-again' }), 48)
})

type Dump = { table: string; rows: string }[]

/** As pg_dump does: every table in one snapshot. */
async function dumpDatabase(dataDirectory: string): Promise<Dump> {
  const client = new pg.Client({ connectionString: await testDatabaseUrl(dataDirectory) })
  await client.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    const { rows: tables } = await client.query<{ name: string }>(
      "select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace",
    )
    const dump: Dump = []
    for (const { name } of tables.filter(({ name }) => name !== 'migrations')) {
      const { rows } = await client.query(
        `select coalesce(json_agg(t), '[]')::text as rows from ${name} t`,
      )
      dump.push({ table: name, rows: rows[0].rows })
    }
    return dump
  } finally {
    await client.end()
  }
}

/** As pg_restore does: the constraints come last. */
async function restoreDatabase(dataDirectory: string, dump: Dump): Promise<void> {
  const database = await openTestDatabase({ dataDirectory })
  await database.close()
  const client = new pg.Client({ connectionString: await testDatabaseUrl(dataDirectory) })
  await client.connect()
  try {
    await client.query("set session_replication_role = 'replica'")
    for (const { table, rows } of dump)
      await client.query(
        `insert into ${table} overriding system value
          select * from json_populate_recordset(null::${table}, $1)`,
        [rows],
      )
    await client.query(
      "select setval(pg_get_serial_sequence('export_log', 'position'), (select coalesce(max(position), 0) + 1 from export_log))",
    )
    // The database's own clock cannot be moved on: a restore comes later than any lease lasts.
    await client.query("update sample_leases set expires_at = expires_at - interval '1 hour'")
  } finally {
    await client.end()
  }
}
