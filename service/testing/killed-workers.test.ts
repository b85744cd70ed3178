import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3'
import { parse } from 'csv-parse/sync'
import { COMPILED_QUICKLY } from './compiled-quickly.ts'
import {
  type Exporter,
  openExporter,
  openTestClickhouse,
  startWorld,
  TEST_SECRET_KEY,
  testDatabaseUrl,
} from './testing.ts'

// Three worker processes on one PostgreSQL and one ClickHouse, killed at random, and told to stop.

const skip = !process.env.SLUICE_TEST_DATABASE_URL && 'needs PostgreSQL: npm run test:postgres'
const HOUR_MS = 3_600_000
const DAY = new Date(Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000)
const TASKS = 24
const HOURS = 6
const ROWS_PER_HOUR = 10
const WORKERS = 3
const KILLS = 6

test('whichever of three workers is killed, every task is finished, each row once; one that is stopped hands over', {
  skip,
  timeout: 600_000,
}, async (t) => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'sluice-killed-'))
  t.after(() => rm(dataDirectory, { recursive: true, force: true }))
  await using clickhouse = await openTestClickhouse({ dataDirectory })
  const shared = {
    SLUICE_LOG_LEVEL: 'silent',
    SLUICE_DATABASE_URL: (await testDatabaseUrl(dataDirectory)) ?? '',
    SLUICE_CLICKHOUSE_URL: clickhouse.address,
    SLUICE_SECRET_KEY: TEST_SECRET_KEY,
  }
  const worker = { concurrency: 0 } // the processes beside it do the work
  await using world = await startWorld({ dataDirectory, worker, env: shared })
  using exporter = await openExporter(world)
  const { client, customer, bucketName } = exporter
  await exporter.importRows(
    Array.from({ length: HOURS * ROWS_PER_HOUR }, (_, index) => ({
      time: DAY.getTime() + (index % HOURS) * HOUR_MS,
      impression_id: `i-${index}`,
      sequence_number: 0,
    })),
  )
  const { principal } = JSON.parse(await readFile(join(dataDirectory, 'world.json'), 'utf8'))
  let started = 0
  const startWorker = async (): Promise<ChildProcess> => {
    started += 1
    const env = {
      ...shared,
      SLUICE_DATA_DIR: join(dataDirectory, `worker-${started}`),
      SLUICE_PORT: '0',
      SLUICE_PRINCIPAL_ARN: principal.arn,
    }
    const aws = { endpoint: world.aws.endpointUrl, region: 'us-east-1', credentials: principal }
    const script = join(import.meta.dirname, 'mortal-worker.ts')
    const stdio = ['ignore', 'pipe', 'inherit'] as const
    const child = spawn(
      process.execPath,
      [COMPILED_QUICKLY, script, JSON.stringify({ env, aws })],
      { stdio: [...stdio] },
    )
    t.after(() => child.kill('SIGKILL'))
    assert(child.stdout)
    await once(child.stdout, 'data')
    return child
  }
  const workers = await Promise.all(Array.from({ length: WORKERS }, startWorker))
  const end = new Date(DAY.getTime() + HOURS * HOUR_MS)
  const ids: string[] = []
  for (let index = 0; index < TASKS; index += 1)
    ids.push((await exporter.createTask({ start: DAY, end, outputPath: `task-${index}` })).id)
  for (let kill = 0; kill < KILLS; kill += 1) {
    await delay(Math.random() * 1_000)
    const index = Math.floor(Math.random() * WORKERS)
    workers[index]?.kill('SIGKILL')
    workers[index] = await startWorker()
  }
  for (const id of ids) await client.exportTasks.waitUntilFinished(id, { pollMs: 100 })
  await using stopping = new AsyncDisposableStack()
  const slow = stopping.use(
    world.aws.faults.add({ service: 's3', operation: 'PutObject', kind: 'slow', delayMs: 60_000 }),
  )
  const handed = await exporter.createTask({ start: DAY, end, outputPath: `task-${TASKS}` })
  while (slow.struck === 0) await delay(20)
  const ended = workers.map((each) => once(each, 'exit'))
  for (const each of workers) each.kill('SIGTERM')
  assert.deepEqual(await Promise.all(ended), Array(WORKERS).fill([0, null]))
  slow.remove()
  const events: string[] = []
  for await (const { event } of client.exportTasks.listLog(handed.id)) events.push(event)
  assert.deepEqual(events, ['ATTEMPT', 'HANDED_BACK'])
  await startWorker()
  await client.exportTasks.waitUntilFinished(handed.id, { pollMs: 100 })

  const rows = Array.from({ length: HOURS * ROWS_PER_HOUR }, (_, index) => `i-${index}`).toSorted()
  for (const path of Array.from({ length: TASKS + 1 }, (_, index) => `task-${index}/`))
    assert.deepEqual(await readBack(exporter, path), { objects: HOURS + 1, rows }, path)
  const { Uploads = [] } = await customer.s3.send(
    new ListMultipartUploadsCommand({ Bucket: bucketName }),
  )
  assert.deepEqual(Uploads, [])
})

/** By others than those who wrote it. */
async function readBack({ customer: { s3 }, bucketName: Bucket }: Exporter, Prefix: string) {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))
  const rows: string[] = []
  for (const { Key = '' } of Contents.filter(({ Key }) => Key?.endsWith('.csv'))) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    const text = (await Body?.transformToString()) ?? ''
    const read: Record<string, string>[] = parse(text, { columns: true })
    rows.push(...read.map(({ impression_id: id = '' }) => id))
  }
  return { objects: Contents.length, rows: rows.toSorted() }
}
