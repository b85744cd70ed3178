import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3'
import type { ExportTask } from '@sluice/sdk'
import { createClient } from '@sluice/sdk'
import { parse } from 'csv-parse/sync'
import { COMPILED_QUICKLY } from './compiled-quickly.ts'
import { type CrashStep, crashWorker } from './crashing-world.ts'
import {
  openCustomer,
  openExporter,
  openTestClickhouse,
  smallSizes,
  startWorld,
  type World,
} from './testing.ts'

// A process that is killed at each step of an export, and what the customer has in the end, read by others
// than those who wrote it.

const HOUR_MS = 3_600_000
const DAY = new Date(Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000)
const BUCKET = 'aurora-samples'
/** More than goes in one request: this hour is uploaded in parts. */
const BIG_ROWS = 1_700
const SMALL_ROWS = 30
const PATH_LENGTH = 3_200
/** A dozen worlds are started, one after the other. */
const TEST_MS_MAX = 900_000

const steps: CrashStep[] = [
  { name: 'planned', call: 'AssumeRole', at: 'request' },
  { name: 'claimed', call: 'PutObject', at: 'request' },
  { name: 'put-not-marked', call: 'PutObject', at: 'answer' },
  { name: 'upload-id-lost', call: 'CreateMultipartUpload', at: 'answer' },
  { name: 'upload-id-recorded', call: 'UploadPart', at: 'request' },
  { name: 'first-part', call: 'UploadPart', at: 'answer' },
  { name: 'all-parts', call: 'CompleteMultipartUpload', at: 'request' },
  { name: 'completed-not-marked', call: 'CompleteMultipartUpload', at: 'answer' },
  { name: 'manifest-claimed', call: 'put of the manifest', at: 'request' },
  { name: 'manifest-put', call: 'put of the manifest', at: 'answer' },
  { name: 'finished' },
]

const isInParts = ({ call }: CrashStep) => /Upload/.test(call ?? '')

function rowsOf(hour: number): object[] {
  return Array.from({ length: hour === 0 ? BIG_ROWS : SMALL_ROWS }, (_, index) => ({
    time: DAY.getTime() + hour * HOUR_MS + index,
    impression_id: `i-${hour}-${index}`,
    sequence_number: index,
    path: hour === 0 ? `/${index}`.padEnd(PATH_LENGTH, 'x') : `/watch "live", ${index}\n`,
  }))
}

interface Place {
  dataDirectory: string
  /** The ClickHouse lives on, as one beside the service would. */
  env: Record<string, string>
}

async function crashAt(step: CrashStep, place: Place, task: object): Promise<void> {
  const script = join(import.meta.dirname, 'crashing-world.ts')
  const child = spawn(
    process.execPath,
    [COMPILED_QUICKLY, script, ...[place, step, task].map((each) => JSON.stringify(each))],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const [, signal] = await once(child, 'exit')
  assert.equal(signal, 'SIGKILL', `${step.name} never came`)
}

// Side by side, since it is the last file to end.
describe('whichever step a process is killed at, each row arrives once and the manifest is true', {
  timeout: TEST_MS_MAX,
  concurrency: 2,
}, () => {
  const inParts = steps.filter(isInParts)
  const atOnce = steps.filter((step) => !isInParts(step))
  test('of files that go in one request', (t) => crashAtEach(t, atOnce))
  test('of a file that goes in parts', (t) => crashAtEach(t, inParts))
})

async function crashAtEach(t: TestContext, steps: readonly CrashStep[]): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'sluice-crash-'))
  t.after(() => rm(dataDirectory, { recursive: true, force: true }))
  await using clickhouse = await openTestClickhouse({ dataDirectory })
  const env = { SLUICE_LOG_LEVEL: 'silent', SLUICE_CLICKHOUSE_URL: clickhouse.address }
  const place = { dataDirectory, env }
  const task = await setUp(place, steps.some(isInParts) ? [0, 1] : [1, 2])
  for (const step of steps) await crashAt(step, place, task(step))
  await using world = await startWorld({
    ...place,
    probePauseMs: 1,
    worker: crashWorker,
    sizes: smallSizes,
  })
  const [organization] = world.organizations
  assert(organization)
  const client = createClient({ apiUrl: world.apiUrl, apiKey: organization.apiKey })
  const tasks = new Map<string, ExportTask>()
  for await (const { id, name } of client.exportTasks.list())
    tasks.set(name, await client.exportTasks.waitUntilFinished(id, { pollMs: 50 }))
  const bucket = await readBucket(world)
  const seen = new Set<string>()
  for (const step of steps) {
    const { id } = tasks.get(step.name) ?? assert.fail(step.name)
    seen.add(checkExport(bucket, { id, step }))
  }
  assert.equal(seen.size, 1, 'the same rows are the same bytes, whatever happened on the way')
  assert.equal(bucket.objects.size, 0, 'nothing else is in the bucket')
  const lost = bucket.uploads.filter((key) => !key.startsWith('upload-id-lost/'))
  assert.deepEqual(lost, [])
  const entries = await readdir(join(dataDirectory, 'service', 'spool'), {
    recursive: true,
    withFileTypes: true,
  })
  const spooled = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.lock'))
  assert.deepEqual(spooled, [])
}

/** Samples, a bucket and a role; answers the task of each step. */
async function setUp(place: Place, hours: readonly number[]) {
  const worker = { concurrency: 0 } // tasks are the crashing processes' to do
  await using world = await startWorld({ ...place, worker })
  using exporter = await openExporter(world)
  const { client, licenseKey } = exporter
  for (const hour of hours) {
    const rows = rowsOf(hour)
    for (let from = 0; from < rows.length; from += 4_000)
      await exporter.importRows(rows.slice(from, from + 4_000))
  }
  const { value: output } = await client.outputs.s3RoleBased.list().next()
  assert(output)
  return (step: CrashStep) => ({
    name: step.name,
    startTime: new Date(DAY.getTime() + (isInParts(step) ? 0 : HOUR_MS)).toISOString(),
    endTime: new Date(DAY.getTime() + (isInParts(step) ? 2 : 3) * HOUR_MS).toISOString(),
    licenseKey,
    columns: ['time', 'impression_id', 'sequence_number', 'path'],
    output: { outputId: output.id, outputPath: step.name },
  })
}

async function readBucket(world: World) {
  const [organization] = world.organizations
  assert(organization)
  using customer = openCustomer(world, organization)
  const { s3 } = customer
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }))
  const objects = new Map<string, Buffer>()
  for (const { Key = '' } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }))
    objects.set(Key, Buffer.from((await Body?.transformToByteArray()) ?? []))
  }
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))
  return { objects, uploads: Uploads.map(({ Key = '' }) => Key) }
}

/** The files whose rows were compared: the same hour is the same bytes. */
const read = new Set<string>()

/** Takes the export's objects out of the bucket; answers a digest of its rows. */
function checkExport(
  { objects }: { objects: Map<string, Buffer> },
  { id, step }: { id: string; step: CrashStep },
): string {
  const take = (key: string) => {
    const body = objects.get(key) ?? assert.fail(`${key} is missing`)
    objects.delete(key)
    return body
  }
  const manifest = JSON.parse(take(`${step.name}/manifest-${id}.json`).toString())
  const hours = isInParts(step) ? [0, 1] : [1, 2]
  assert.equal(manifest.files.length, hours.length)
  const digest = createHash('sha256')
  for (const [index, hour] of hours.entries()) {
    const file = manifest.files[index]
    const body = take(file.objectKey)
    const sha256 = createHash('sha256').update(body).digest('hex')
    assert.deepEqual([file.sha256, file.bytes], [sha256, body.length])
    digest.update(sha256)
    if (read.has(sha256)) continue
    read.add(sha256)
    const rows: Record<string, string>[] = parse(body, { columns: true })
    assert.equal(rows.length, file.rows)
    assert.deepEqual(
      rows.map((row) => row.impression_id).toSorted(),
      rowsOf(hour)
        .map((row) => Object(row).impression_id)
        .toSorted(),
    )
  }
  return digest.digest('hex')
}
