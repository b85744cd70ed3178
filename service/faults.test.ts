import assert from 'node:assert/strict'
import { createHash, randomInt, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { AttachRolePolicyCommand, DetachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3'
import type { AddedFault, Fault } from '@sluice/local-aws'
import type { ExportTask } from '@sluice/sdk'
import { parse } from 'csv-parse/sync'
import { type Exporter, openExporter, smallSizes, startWorld, type World } from '#testing'

// What AWS does on a bad day, each alone and all together: nothing is lost, nothing comes twice, nothing is
// FINISHED that is not there.

const HOUR_MS = 3_600_000
const DAY = new Date(Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000)
/** Hours of the day with samples; the last of them is more than goes in one request. */
const SMALL_HOURS = 2
const SMALL_ROWS = 12
const BIG_ROWS = 260
const PATH_LENGTH = 64_000
const EXPORTS = Number(process.env.SLUICE_TEST_FAULT_EXPORTS ?? 200)
/** As many wait for their calls at once while all of those run: enough for one or two in each attempt. */
const ACTIVE_FAULTS = 4

let world: World
let exporter: Exporter
before(async () => {
  world = await startWorld({
    iamDelayMs: 0,
    probePauseMs: 1,
    sizes: smallSizes,
    worker: {
      concurrency: 4,
      pollMs: 50,
      budget: { failuresMax: 25, firstDelayMs: 20, delayMsMax: 300 },
    },
    env: { SLUICE_LOG_LEVEL: 'silent' },
  })
  exporter = await openExporter(world)
  for (let hour = 0; hour <= SMALL_HOURS; hour += 1) {
    const rows = rowsOf(hour)
    for (let from = 0; from < rows.length; from += 200)
      await exporter.importRows(rows.slice(from, from + 200))
  }
})
after(async () => {
  exporter[Symbol.dispose]()
  await world.close()
})

function rowsOf(hour: number): object[] {
  const isBig = hour === SMALL_HOURS
  return Array.from({ length: isBig ? BIG_ROWS : SMALL_ROWS }, (_, index) => ({
    time: DAY.getTime() + hour * HOUR_MS + index,
    impression_id: `i-${hour}-${index}`,
    sequence_number: index,
    ...(isBig && { path: `/${index}`.padEnd(PATH_LENGTH, 'x') }),
  }))
}

let tasks = 0

function createTask(
  hours: { first: number; count: number },
  outputPath = `task-${tasks + 1}`,
): Promise<ExportTask> {
  tasks += 1
  const start = new Date(DAY.getTime() + hours.first * HOUR_MS)
  const end = new Date(start.getTime() + hours.count * HOUR_MS)
  return exporter.createTask({ start, end, outputPath })
}

async function untilEnded(
  { id }: ExportTask,
  { msMax = 120_000, pollMs = 50 } = {},
): Promise<ExportTask> {
  const deadline = performance.now() + msMax
  for (;;) {
    const task = await exporter.client.exportTasks.get(id)
    if (task.status === 'FINISHED' || task.status === 'ERROR') return task
    assert(performance.now() < deadline, JSON.stringify(task))
    await delay(pollMs)
  }
}

async function objectsOf({ output }: ExportTask): Promise<Map<string, Buffer>> {
  const { customer, bucketName: Bucket } = exporter
  const Prefix = `${output.outputPath}/`
  const { Contents = [] } = await customer.s3.send(new ListObjectsV2Command({ Bucket, Prefix }))
  const objects = new Map<string, Buffer>()
  for (const { Key = '' } of Contents) {
    const { Body } = await customer.s3.send(new GetObjectCommand({ Bucket, Key }))
    objects.set(Key, Buffer.from((await Body?.transformToByteArray()) ?? []))
  }
  return objects
}

/** The files whose rows were compared: the same bytes are the same rows. */
const read = new Set<string>()

/** The manifest names every hour, and each row of it is there once. */
async function checkFinished(task: ExportTask): Promise<void> {
  const objects = await objectsOf(task)
  const key = `${task.output.outputPath}/manifest-${task.id}.json`
  const manifest = JSON.parse(objects.get(key)?.toString() ?? assert.fail(`${key} is missing`))
  const first = (Date.parse(task.startTime) - DAY.getTime()) / HOUR_MS
  const count = (Date.parse(task.endTime) - Date.parse(task.startTime)) / HOUR_MS
  assert.deepEqual([manifest.files.length, objects.size], [count, count + 1])
  for (const [index, file] of manifest.files.entries()) {
    const body = objects.get(file.objectKey) ?? assert.fail(`${file.objectKey} is missing`)
    const sha256 = createHash('sha256').update(body).digest('hex')
    assert.deepEqual([file.sha256, file.bytes], [sha256, body.length])
    const id = `${first + index} ${sha256}`
    if (read.has(id)) continue
    read.add(id)
    const rows: Record<string, string>[] = parse(body, { columns: true })
    const ids = (all: object[]) => all.map((row) => Object(row).impression_id).toSorted()
    assert.deepEqual(ids(rows), ids(rowsOf(first + index)))
  }
}

async function openUploads(): Promise<string[]> {
  const { customer, bucketName: Bucket } = exporter
  const { Uploads = [] } = await customer.s3.send(new ListMultipartUploadsCommand({ Bucket }))
  return Uploads.map(({ Key = '' }) => Key)
}

const put = { service: 's3', operation: 'PutObject' } as const
const part = { service: 's3', operation: 'UploadPart' } as const
const complete = { service: 's3', operation: 'CompleteMultipartUpload' } as const
const assume = { service: 'sts', operation: 'AssumeRole' } as const

const passing: Record<string, Fault> = {
  'S3 asks to slow down': { ...put, kind: 'throttle', times: 3 },
  'S3 answers 500': { ...put, kind: 'internal-error', times: 3 },
  'S3 answers 503': { ...put, kind: 'service-unavailable', times: 3 },
  'S3 hangs up before it has done the put': { ...put, kind: 'cut', at: 'request', times: 2 },
  'S3 hangs up after it has': { ...put, kind: 'cut', at: 'before-answer', times: 2 },
  'S3 hangs up within its answer': { ...put, kind: 'cut', at: 'in-answer', times: 2 },
  'S3 is slow': { ...put, kind: 'slow', delayMs: 400, times: 2 },
  'the session has expired': { ...put, kind: 'expired-token', times: 2 },
  'the clocks differ, says S3': { ...put, kind: 'clock-skew', times: 2 },
  'a checksum does not match': { ...put, kind: 'bad-digest', times: 2 },
  'STS throttles': { ...assume, kind: 'throttle', times: 4 },
  'STS answers 500': { ...assume, kind: 'internal-error', times: 4 },
  'the clocks differ, says STS': { ...assume, kind: 'clock-skew', times: 2 },
  'STS hangs up': { ...assume, kind: 'cut', at: 'before-answer', times: 5 },
}

for (const [name, fault] of Object.entries(passing))
  test(`${name}: the export is whole in the end`, () => exportUnder([fault], 0))

test('whatever breaks within an upload in parts, and whatever its completion answers: the export is whole in the end', () =>
  exportUnder(
    [
      { ...part, kind: 'expired-token', times: 1 },
      { ...part, kind: 'bad-digest', skip: 1, times: 1 },
      { ...part, kind: 'cut', at: 'request', skip: 3, times: 1 },
      { ...complete, kind: 'error-in-200', times: 1 },
      { ...complete, kind: 'cut', at: 'before-answer', skip: 1, times: 1 },
      { service: 's3', operation: 'AbortMultipartUpload', kind: 'throttle', times: 1 },
    ],
    SMALL_HOURS,
  ))

async function exportUnder(wanted: Fault[], hour: number): Promise<void> {
  const faults = wanted.map((fault) => world.aws.faults.add(fault))
  const ended = await untilEnded(await createTask({ first: hour, count: 1 }))
  assert.equal(ended.status, 'FINISHED', JSON.stringify(ended.error))
  for (const [index, { struck }] of faults.entries()) assert.equal(struck, wanted[index]?.times)
  for (const fault of faults) fault.remove()
  await checkFinished(ended)
  assert.deepEqual(await openUploads(), [])
}

const lasting: Record<string, { fault: Fault; code: string }> = {
  'the bucket is in another region': {
    fault: { ...put, kind: 'wrong-region', region: 'eu-west-1' },
    code: 'BUCKET_IN_OTHER_REGION',
  },
  'a policy denies the put': {
    fault: {
      ...put,
      kind: 'error',
      status: 403,
      code: 'AccessDenied',
      message:
        'not authorized to perform: s3:PutObject with an explicit deny in a VPC endpoint policy',
    },
    code: 'PUT_NOT_ALLOWED',
  },
}

for (const [name, { fault, code }] of Object.entries(lasting))
  test(`${name}: that is not repeated, ends with what to type, and is retried when it is mended`, async () => {
    const struck = world.aws.faults.add(fault)
    const ended = await untilEnded(await createTask({ first: 0, count: 1 }))
    assert.deepEqual([ended.status, ended.error?.code, struck.struck], ['ERROR', code, 1])
    const { outputId } = ended.output
    assert(ended.error?.remedy.endsWith(`npx sluice outputs verify ${outputId}`))
    assert.equal((await objectsOf(ended)).size, 0)
    struck.remove()
    await exporter.client.exportTasks.retry(ended.id)
    const finished = await untilEnded(ended)
    assert.equal(finished.status, 'FINISHED', JSON.stringify(finished.error))
    await checkFinished(finished)
  })

test('keys as long as S3 takes them, and any character in them, arrive as they are', async () => {
  const path = 'Vidéos – 日本/100% +&=?#"<>/🎬'
  const left = 1024 - Buffer.byteLength(`${path}//manifest-${randomUUID()}.json`)
  const ended = await untilEnded(
    await createTask({ first: 0, count: 1 }, `${path}/${'x'.repeat(left)}`),
  )
  assert.equal(ended.status, 'FINISHED', JSON.stringify(ended.error))
  const keys = [...(await objectsOf(ended)).keys()]
  assert.equal(Math.max(...keys.map((key) => Buffer.byteLength(key))), 1024)
  await checkFinished(ended)
})

test('a role that is revoked during an export: ERROR, and after it is mended only what is missing is sent', async () => {
  using role = openRole()
  using slow = world.aws.faults.add({ ...put, kind: 'slow', delayMs: 1_000, skip: 5, times: 100 })
  const task = await createTask({ first: 4, count: 12 })
  while (slow.struck === 0) await delay(5)
  await role.revoke()
  const ended = await untilEnded(task)
  assert.equal(ended.error?.code, 'PUT_NOT_ALLOWED', JSON.stringify(ended))
  // One whose answer had not come when the task ended may be in the bucket too, and is put once more.
  const before = new Set<string>()
  for await (const { objectKey, status } of exporter.client.exportTasks.listFiles(ended.id))
    if (status === 'DELIVERED') before.add(objectKey)
  assert(before.size > 0)
  slow.remove()
  await role.mend()
  world.aws.calls.clear()
  await exporter.client.exportTasks.retry(ended.id)
  const finished = await untilEnded(ended)
  assert.equal(finished.status, 'FINISHED', JSON.stringify(finished.error))
  const puts = world.aws.calls
    .list({ service: 's3', operation: 'PutObject' })
    .map(({ requestParameters }) => String(Object(requestParameters).key))
  assert.equal(puts.length, 13 - before.size)
  assert(puts.every((key) => !before.has(key)))
})

test('a role that is revoked while a file goes in parts: what it could not abort is aborted by the retry', async () => {
  using role = openRole()
  using slow = world.aws.faults.add({ ...part, kind: 'slow', delayMs: 1_000, times: 1 })
  const task = await createTask({ first: SMALL_HOURS, count: 1 })
  while (slow.struck === 0) await delay(5)
  await role.revoke()
  const ended = await untilEnded(task)
  assert.equal(ended.error?.code, 'PUT_NOT_ALLOWED', JSON.stringify(ended))
  assert.equal((await openUploads()).length, 1)
  await role.mend()
  await exporter.client.exportTasks.retry(ended.id)
  const finished = await untilEnded(ended)
  assert.equal(finished.status, 'FINISHED', JSON.stringify(finished.error))
  await checkFinished(finished)
  assert.deepEqual(await openUploads(), [])
})

/** What the customer's role may do. */
function openRole() {
  const [organization] = world.organizations
  assert(organization)
  const { region, ...credentials } = organization.aws
  const iam = new IAMClient({ endpoint: world.aws.endpointUrl, region, credentials })
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonS3FullAccess'
  const permissions = { RoleName: 'sluice', PolicyArn }
  return {
    revoke: () => iam.send(new DetachRolePolicyCommand(permissions)),
    mend: () => iam.send(new AttachRolePolicyCommand(permissions)),
    [Symbol.dispose]: () => iam.destroy(),
  }
}

/** A linear congruential generator: the same seed asks for the same trouble. */
function randomOf(seed: number): (count: number) => number {
  let state = seed >>> 0
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * count)
  }
}

test(`of ${EXPORTS} exports under all of it, each is whole or says why it is not`, {
  timeout: EXPORTS * 10_000,
}, async (t) => {
  const seed = Number(process.env.SLUICE_TEST_FAULT_SEED ?? randomInt(2 ** 31))
  t.diagnostic(`SLUICE_TEST_FAULT_SEED=${seed}`)
  const [random, randomHour] = [randomOf(seed), randomOf(seed + 1)]
  const all = Object.values(passing)
  all.push(...Object.values(lasting).map(({ fault }) => fault))
  const active: AddedFault[] = []
  const addFault = () => {
    const fault = all[random(all.length)] ?? all[0]
    if (fault)
      active.push(world.aws.faults.add({ ...fault, skip: random(20), times: 1 + random(2) }))
  }
  let isOver = false
  let struck = 0
  const troubling = (async () => {
    while (!isOver) {
      while (active.length < ACTIVE_FAULTS) addFault()
      await delay(20)
      const spent = active.findIndex((fault) => fault.struck > 0 || fault.matched > 25)
      for (const fault of spent < 0 ? [] : active.splice(spent, 1)) {
        struck += fault.struck
        fault.remove()
      }
    }
  })()
  const created: ExportTask[] = []
  const ended: ExportTask[] = []
  try {
    for (let index = 0; index < EXPORTS; index += 1) {
      const first = randomHour(SMALL_HOURS)
      created.push(await createTask({ first, count: 1 + randomHour(SMALL_HOURS - first) }))
    }
    for (const task of created)
      ended.push(await untilEnded(task, { msMax: EXPORTS * 4_000, pollMs: 200 }))
  } finally {
    isOver = true
    await troubling
    world.aws.faults.clear()
  }
  const failed = ended.filter(({ status }) => status === 'ERROR')
  t.diagnostic(
    `${struck} faults struck: ${ended.length - failed.length} FINISHED, ${failed.length} ERROR`,
  )
  assert(struck > 0, 'no fault struck')
  const codes = new Set(Object.values(lasting).map(({ code }) => code))
  for (const { error } of failed) assert(codes.has(error?.code ?? ''), JSON.stringify(error))
  for (const task of ended) if (task.status === 'FINISHED') await checkFinished(task)
  for (const task of failed) await exporter.client.exportTasks.retry(task.id)
  for (const task of failed) {
    const finished = await untilEnded(task)
    assert.equal(finished.status, 'FINISHED', JSON.stringify(finished.error))
    await checkFinished(finished)
  }
  assert.deepEqual(await openUploads(), [])
})
