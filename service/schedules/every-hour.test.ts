import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import type { ExportScheduleHour } from '@sluice/sdk'
import {
  clockAtTenPast,
  type Exporter,
  openExporter,
  openTestClickhouse,
  startWorld,
  type World,
} from '#testing'

// The whole, on real parts: samples, worker, a role and a bucket that another reader looks into. On
// PostgreSQL a second service shares the work.

const HOUR_MS = 3_600_000
const HOURS = 3
const ROWS = 20
const WAIT_MS_MAX = 240_000
/** One more hour that ends would be one more file. */
const clock = clockAtTenPast()
const START = new Date(Math.floor(clock.now().getTime() / HOUR_MS - HOURS) * HOUR_MS)
const at = (hour: number) => new Date(START.getTime() + hour * HOUR_MS)
const rowOf = (hour: number, index: number) => ({
  time: at(hour).getTime() + index,
  impression_id: randomUUID(),
  sequence_number: index,
})

test('every hour is delivered once by itself, a later revision beside it, and latest.json says so', async () => {
  const isShared = process.env.SLUICE_TEST_DATABASE_URL !== undefined
  await using opened = new AsyncDisposableStack()
  const world = await openWorld(opened, isShared)
  if (isShared) opened.use(await world.startAnotherService())
  using exporter = await openExporter(world)
  const { client, licenseKey } = exporter
  const rows = Array.from({ length: HOURS * ROWS }, (_, index) => rowOf(index % HOURS, index))
  await exporter.importRows(rows)
  const { value: output } = await client.outputs.s3RoleBased.list().next()
  assert(output)
  const schedule = await client.exportSchedules.create({
    name: 'web',
    frequency: 'HOURLY',
    licenseKey,
    columns: ['time', 'impression_id'],
    compression: 'GZIP',
    layout: 'HIVE',
    startTime: START.toISOString(),
    output: { outputId: output.id, outputPath: 'web', overwriteLatest: true },
  })
  const hoursAre = (statuses: string[]) =>
    until(async () => {
      const hours: ExportScheduleHour[] = []
      for await (const hour of client.exportSchedules.listHours(schedule.id)) hours.push(hour)
      const failed = hours.find(({ status }) => status === 'ERROR')
      assert.equal(failed, undefined, JSON.stringify(failed))
      return hours.map(({ number, status }) => `${number} ${status}`).join() === statuses.join()
        ? hours.reverse()
        : undefined
    })
  const first = await hoursAre(Array.from({ length: HOURS }, () => '1 FINISHED'))
  for (const { objectKey } of first) assert.equal(await countRows(exporter, objectKey), ROWS)
  const keyOf = (hour: number, ending: string) => {
    const [day, time] = at(hour).toISOString().split('T')
    const place = `dt=${day}/hour=${time?.slice(0, 2)}`
    return `web/${place}/${day}-${time?.slice(0, 2)}-00${ending}`
  }
  assert.deepEqual(
    first.map(({ objectKey }) => objectKey),
    [0, 1, 2].map((hour) => keyOf(hour, '.csv.gz')),
  )
  const latest = await until(async () => {
    const text = await read(exporter, 'web/_sluice/latest.json').catch(() => undefined)
    const found = text && JSON.parse(text.toString())
    return found?.completeUntil === at(HOURS).toISOString() ? found : undefined
  })
  const lastManifest = JSON.parse((await read(exporter, latest.manifest)).toString())
  assert.equal(lastManifest.files[0].objectKey, keyOf(HOURS - 1, '.csv.gz'))
  assert.equal(lastManifest.compression, 'GZIP')

  await exporter.importRows([rowOf(1, 1000)]) // into an hour that is closed and delivered
  await client.exportSchedules.pause(schedule.id)
  await client.exportSchedules.resume(schedule.id) // looks at once
  const second = await hoursAre(['1 FINISHED', '2 FINISHED', '1 FINISHED', '1 FINISHED'])
  const revised = second.find(({ number }) => number === 2)
  assert.equal(revised?.objectKey, keyOf(1, '-r2.csv.gz'))
  assert.equal(await countRows(exporter, revised?.objectKey), ROWS + 1)
  assert.equal(await countRows(exporter, keyOf(1, '.csv.gz')), ROWS)
  const manifest = JSON.parse(
    (await read(exporter, `web/_sluice/manifest-${revised?.exportTaskId}.json`)).toString(),
  )
  const [{ objectKey, number, revision }] = manifest.files
  assert.deepEqual([objectKey, number, revision], [revised?.objectKey, 2, 2])
  // Four files and their manifests, and latest.json: nothing came twice.
  assert.equal(await countObjects(exporter), 9)
})

/** Services that share a database share their samples too. */
async function openWorld(opened: AsyncDisposableStack, isShared: boolean): Promise<World> {
  const env = { SLUICE_LOG_LEVEL: 'error' }
  if (!isShared) return opened.use(await startWorld({ clock, env }))
  const directory = await mkdtemp(join(tmpdir(), 'sluice-every-hour-'))
  opened.defer(() => rm(directory, { recursive: true, force: true }))
  const clickhouse = opened.use(await openTestClickhouse({ dataDirectory: directory }))
  return opened.use(
    await startWorld({ clock, env: { ...env, SLUICE_CLICKHOUSE_URL: clickhouse.address } }),
  )
}

async function read({ customer, bucketName }: Exporter, key: string): Promise<Buffer> {
  const { Body } = await customer.s3.send(new GetObjectCommand({ Bucket: bucketName, Key: key }))
  return Buffer.from((await Body?.transformToByteArray()) ?? [])
}

async function countRows(exporter: Exporter, key: string | undefined): Promise<number> {
  const text = gunzipSync(await read(exporter, key ?? 'none')).toString()
  return text.trimEnd().split('\n').length - 1
}

async function countObjects({ customer, bucketName }: Exporter): Promise<number> {
  const { Contents = [] } = await customer.s3.send(new ListObjectsV2Command({ Bucket: bucketName }))
  return Contents.length
}

async function until<Value>(ask: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = performance.now() + WAIT_MS_MAX
  for (;;) {
    const value = await ask()
    if (value !== undefined) return value
    assert(performance.now() < deadline, 'it has not happened in time')
    await new Promise((done) => setTimeout(done, 200))
  }
}
