import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { createClient } from '@sluice/sdk'
import pg from 'pg'
import {
  type Exporter,
  openExporter,
  openTestClickhouse,
  startWorld,
  testDatabaseUrl,
} from '#testing'

// Several services, each with its worker, on one PostgreSQL and one ClickHouse.

const HOUR_MS = 3_600_000
const DAY = new Date(Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000)
const TASKS = 6
const ROWS = 480

test('three services and two workers share the work: each task is done once, also when some go', {
  skip: !process.env.SLUICE_TEST_DATABASE_URL && 'needs PostgreSQL: npm run test:postgres',
}, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-several-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  await using clickhouse = await openTestClickhouse({ dataDirectory: directory })
  await using world = await startWorld({
    env: { SLUICE_LOG_LEVEL: 'error', SLUICE_CLICKHOUSE_URL: clickhouse.address },
  })
  // At the same time: the migrations of both stores wait for each other.
  const [second, third, worker, leaving] = await Promise.all([
    world.startAnotherService(),
    world.startAnotherService(),
    world.startAnotherService({ role: 'worker' }),
    world.startAnotherService({ role: 'worker' }),
  ])
  await using _second = second
  await using _third = third
  await using _worker = worker
  await using _leaving = leaving
  assert.equal((await fetch(`${worker.url}/readyz`)).status, 200)
  assert.equal((await fetch(`${worker.apiUrl}/analytics/exports`)).status, 404)
  using exporter = await openExporter(world)
  const { customer, bucketName } = exporter
  const { apiKey } = world.organizations[0] ?? { apiKey: '' }
  const clients = [world, second, third].map(({ apiUrl }) => createClient({ apiUrl, apiKey }))
  const row = (index: number) => ({
    time: DAY.getTime() + (index % 24) * HOUR_MS,
    impression_id: randomUUID(),
    sequence_number: index,
  })
  await Promise.all(
    clients.map((client, turn) => {
      const rows = Array.from({ length: ROWS / 3 }, (_, index) => row(index * 3 + turn))
      return exporter.importRows(rows, client)
    }),
  )
  const end = new Date(DAY.getTime() + 24 * HOUR_MS)
  const tasks = await Promise.all(
    Array.from({ length: TASKS }, (_, index) => {
      const by = clients[index % clients.length]
      return exporter.createTask({ start: DAY, end, outputPath: `task-${index}` }, by)
    }),
  )
  await third.close()
  await leaving.close()
  for (const { id } of tasks)
    await exporter.client.exportTasks.waitUntilFinished(id, { pollMs: 100 })
  for (const [index, { id }] of tasks.entries()) {
    const prefix = `task-${index}/`
    assert.deepEqual(await customer.countRows(bucketName, prefix), { objects: 25, rows: ROWS })
    const manifest = await read(exporter, `${prefix}manifest-${id}.json`)
    assert.deepEqual([JSON.parse(manifest).taskId, JSON.parse(manifest).rows], [id, ROWS])
  }
})

test('a service that stops hands its tasks over while a request to it is still open', {
  skip: !process.env.SLUICE_TEST_DATABASE_URL && 'needs PostgreSQL: npm run test:postgres',
}, async (t) => {
  await using world = await startWorld({ env: { SLUICE_LOG_LEVEL: 'error' } })
  using exporter = await openExporter(world)
  await exporter.importRows([
    { time: DAY.getTime(), impression_id: randomUUID(), sequence_number: 0 },
  ])
  const database = new pg.Client(await testDatabaseUrl(world.dataDirectory))
  await database.connect()
  t.after(() => database.end())
  await using faults = new AsyncDisposableStack()
  const slow = faults.use(
    world.aws.faults.add({ service: 's3', operation: 'PutObject', kind: 'slow', delayMs: 60_000 }),
  )
  const end = new Date(DAY.getTime() + HOUR_MS)
  const { id } = await exporter.createTask({ start: DAY, end, outputPath: 'handed' })
  while (slow.struck === 0) await delay(20)
  const { hostname, port } = new URL(world.url)
  const request = connect(Number(port), hostname)
  await once(request, 'connect')
  request.write('POST /v1/analytics/exports HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{')
  const restarting = world.restartService()
  for (let events: string[] = []; !events.includes('HANDED_BACK'); await delay(20)) {
    const sql = 'select event from export_log where task_id = $1'
    events = (await database.query(sql, [id])).rows.map(({ event }) => event)
  }
  slow.remove()
  assert(!request.closed)
  request.destroy()
  await restarting
  await exporter.client.exportTasks.waitUntilFinished(id, { pollMs: 100 })
})

async function read({ customer, bucketName }: Exporter, key: string): Promise<string> {
  const { Body } = await customer.s3.send(new GetObjectCommand({ Bucket: bucketName, Key: key }))
  return (await Body?.transformToString()) ?? ''
}
