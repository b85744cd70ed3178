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
import { createClient } from '@sluice/sdk'
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

// Three worker processes on one PostgreSQL and one ClickHouse, killed at their tasks, stopped for longer than a lease
// lasts, and told to stop.

const skip = !process.env.SLUICE_TEST_DATABASE_URL && 'needs PostgreSQL: npm run test:postgres'
const HOUR_MS = 3_600_000
const DAY = new Date(Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000)
const HOURS = 4
const ROWS_PER_HOUR = 10
/** The first hour of those tasks that begin with it goes in parts. */
const BIG_ROWS = 1_700
const BIG_PATH = 'x'.padEnd(3_200, 'x')
const WORKERS = 3
const KILLS = 3
const TASKS_PER_KILL = 3
const PAUSE_MS_MAX = 200

test('whichever of three workers is killed or stands still at a task, each is finished once, each row once; one that is told to stop hands over', {
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
  const operator = createClient({ apiUrl: world.apiUrl, apiKey: world.operatorApiKey }).operator
  const webhook = await client.webhooks.create({
    url: 'https://hooks.example/',
    events: ['export.finished'],
  })
  const rowsOf = (hour: number) =>
    Array.from({ length: hour === 0 ? BIG_ROWS : ROWS_PER_HOUR }, (_, index) => ({
      time: DAY.getTime() + hour * HOUR_MS,
      impression_id: `i-${hour}-${index}`,
      sequence_number: 0,
      path: hour === 0 ? BIG_PATH : '/',
    }))
  for (let hour = 0; hour < HOURS; hour += 1) await exporter.importRows(rowsOf(hour))
  const { principal } = JSON.parse(await readFile(join(dataDirectory, 'world.json'), 'utf8'))
  /** By their process ids. */
  const workers = new Map<number, ChildProcess>()
  let started = 0
  const startWorker = async (): Promise<void> => {
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
    assert(child.stdout && child.pid)
    await once(child.stdout, 'data')
    workers.set(child.pid, child)
  }
  /** A worker that has a task under its lease, any or that one. */
  const findHolder = async (taskId?: string) => {
    for (;;) {
      for (const { id, processId, tasks } of await operator.listWorkers()) {
        const child = workers.get(processId)
        if (child && tasks.some(({ exportTaskId: held }) => (taskId ?? held) === held))
          return { id, child }
      }
      await delay(10)
    }
  }
  /** Whether it had a task when it died. */
  const killHolder = async (taskId?: string): Promise<boolean> => {
    const { id, child } = await findHolder(taskId)
    child.kill('SIGKILL')
    await once(child, 'exit')
    workers.delete(child.pid ?? 0)
    const dead = (await operator.listWorkers()).find((worker) => worker.id === id)
    await startWorker()
    return dead !== undefined && dead.tasks.length > 0
  }
  const slowDown = (operation: string, delayMs: number) =>
    world.aws.faults.add({ service: 's3', operation, kind: 'slow', delayMs })
  await Promise.all(Array.from({ length: WORKERS }, startWorker))
  const end = new Date(DAY.getTime() + HOURS * HOUR_MS)
  /** Where each task's files go, and the first hour that it exports. */
  const made: { id: string; outputPath: string; from: number }[] = []
  const createTask = async (from: number): Promise<string> => {
    const outputPath = `task-${made.length}`
    const start = new Date(DAY.getTime() + from * HOUR_MS)
    const { id } = await exporter.createTask({ start, end, outputPath })
    made.push({ id, outputPath, from })
    return id
  }

  await using stopping = new AsyncDisposableStack()
  const slowPart = stopping.use(slowDown('UploadPart', 60_000))
  const inParts = await createTask(0)
  while (slowPart.struck === 0) await delay(20)
  const { Uploads: begun = [] } = await customer.s3.send(
    new ListMultipartUploadsCommand({ Bucket: bucketName }),
  )
  assert.equal(begun.length, 1)
  assert(await killHolder(inParts))
  slowPart.remove()
  for (let kills = 0; kills < KILLS; ) {
    for (let index = 0; index < TASKS_PER_KILL; index += 1) await createTask(index === 0 ? 0 : 1)
    await delay(Math.random() * PAUSE_MS_MAX)
    if (await killHolder()) kills += 1
  }
  for (const { id } of made) await client.exportTasks.waitUntilFinished(id, { pollMs: 100 })

  const slowPut = stopping.use(slowDown('PutObject', 60_000))
  const takenOver = await createTask(1)
  while (slowPut.struck === 0) await delay(20)
  const still = await findHolder(takenOver)
  still.child.kill('SIGSTOP')
  slowPut.remove()
  await client.exportTasks.waitUntilFinished(takenOver, { pollMs: 100 })
  const seenAt = async () =>
    (await operator.listWorkers()).find(({ id }) => id === still.id)?.seenAt
  const stoodAt = await seenAt()
  still.child.kill('SIGCONT')
  while ((await seenAt()) === stoodAt) await delay(20)

  const slow = stopping.use(slowDown('PutObject', 60_000))
  const handed = await createTask(1)
  while (slow.struck === 0) await delay(20)
  const ended = [...workers.values()].map((each) => once(each, 'exit'))
  for (const each of workers.values()) each.kill('SIGTERM')
  assert.deepEqual(await Promise.all(ended), Array(WORKERS).fill([0, null]))
  slow.remove()
  const eventsOf = async (id: string) => {
    const events: string[] = []
    for await (const { event } of client.exportTasks.listLog(id)) events.push(event)
    return events
  }
  assert.deepEqual(await eventsOf(handed), ['ATTEMPT', 'HANDED_BACK'])
  await startWorker()
  await client.exportTasks.waitUntilFinished(handed, { pollMs: 100 })

  const told: string[] = []
  for await (const { payload } of client.webhooks.listDeliveries(webhook.id))
    told.push(JSON.parse(payload).data.exportTaskId)
  assert.deepEqual(told.toSorted(), made.map(({ id }) => id).toSorted())
  for (const { id, outputPath, from } of made) {
    const finished = (await eventsOf(id)).filter((event) => event === 'FINISHED')
    assert.equal(finished.length, 1, outputPath)
    const hours = Array.from({ length: HOURS - from }, (_, index) => from + index)
    const rows = hours.flatMap((hour) => rowsOf(hour).map((row) => row.impression_id)).toSorted()
    const expected = { objects: hours.length + 1, inParts: from === 0 ? 1 : 0, rows }
    assert.deepEqual(await readBack(exporter, `${outputPath}/`), expected, outputPath)
  }
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
  // S3 counts the parts of an object in its ETag.
  const inParts = Contents.filter(({ ETag }) => ETag?.includes('-')).length
  return { objects: Contents.length, inParts, rows: rows.toSorted() }
}
