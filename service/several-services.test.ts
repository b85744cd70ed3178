import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { createClient } from '@sluice/sdk'
import { type Exporter, openExporter, openTestClickhouse, startWorld } from '#testing'

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

async function read({ customer, bucketName }: Exporter, key: string): Promise<string> {
  const { Body } = await customer.s3.send(new GetObjectCommand({ Bucket: bucketName, Key: key }))
  return (await Body?.transformToString()) ?? ''
}
