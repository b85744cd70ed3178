import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type KyselyPlugin, sql } from 'kysely'
import { asOrganizationId, type Database, type OrganizationScope, openScope } from '#database'
import type { CustomerBucket } from '#delivery'
import { OutputError, TransientError } from '#errors'
import { createLicense } from '#licenses'
import type { PinnedHour, Samples } from '#samples'
import { openSpool, type Spool } from '#spool'
import { openTelemetry } from '#telemetry'
import { openTestDatabase } from '#testing'
import { abortBudget } from './backoff.ts'
import {
  cancelExportTask,
  createExportTask,
  type ExportTask,
  getExportTask,
  listExportFiles,
  listExportLog,
  retryExportTask,
  startWorker,
  type WorkerDeps,
} from './exports.ts'
import { claimFile } from './files.ts'
import { claimTask, failTask, LeaseLost, releaseTask, startAttempt } from './lease.ts'
import { LOG_ENTRIES_MAX, type LogEvent, writeLog } from './log.ts'
import { readPinned } from './pinned.ts'
import { isLaneWanted } from './turns.ts'
import { LANE_ASKED_MS, type WorkerOptions } from './worker.ts'

// The worker with a real database and spool. Samples and bucket are stand-ins here, so that each can
// fail or stop at a chosen step; exports.test.ts runs the whole on real ones.

const telemetry = openTelemetry({ level: 'silent' })
const start = new Date('2026-03-01T00:00:00Z')
const manifestKey = (task: ExportTask) => `day/manifest-${task.id}.json`
const key = 'day/2026-03-01-00-00.csv'
const oneHour = { window: { start, end: new Date(start.getTime() + 3_600_000) } }
const atOnce = { failuresMax: 20, firstDelayMs: 0, delayMsMax: 0 }
let directory: string
let database: Database
let spool: Spool

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-worker-'))
  database = await openTestDatabase({ dataDirectory: directory })
  spool = await openSpool({ directory: join(directory, 'spool'), bytesMax: 1e6 })
})

after(async () => {
  await spool.close()
  await database.close()
  await rm(directory, { recursive: true })
  telemetry.close()
})

interface Steps {
  open?(): Promise<void>
  watermark?(): Date
  read?(hour: PinnedHour): Promise<string> | string
  pinHours?(): void
  pinAgain?(hour: PinnedHour): PinnedHour
  /** S3 refuses a put of the key once, and does it then. */
  refuse?(objectKey: string): OutputError | undefined
  put?(objectKey: string, signal: AbortSignal): Promise<void>
  abort?(): void | Promise<void>
}

/** An organization of its own with a clock of its own, and a bucket that remembers what was put. */
async function newWorld(steps: Steps = {}, { keepTasks = false } = {}) {
  const time = { now: new Date('2026-03-03T00:00:00Z') }
  const clock = { now: () => time.now }
  const organizationId = asOrganizationId(randomUUID())
  if (!keepTasks) {
    await database.db.deleteFrom('export_files').execute() // what the test before left
    await database.db.deleteFrom('export_tasks').execute()
  }
  await database.db
    .insertInto('organizations')
    .values({
      id: organizationId,
      parent_id: null,
      name: 'An organization',
      label_color: null,
      is_operator: false,
      created_at: clock.now(),
      modified_at: clock.now(),
    })
    .execute()
  const scope = openScope(database, organizationId, clock)
  const license = await createLicense(scope, {
    name: 'web',
    timeZone: 'UTC',
    retentionDays: 30,
    ignoreDNT: false,
    domains: [],
    customData: {},
  })
  const output = await newOutput(scope)
  const bucket = newBucket(steps)
  const deps: WorkerDeps = {
    database,
    clock,
    spool,
    telemetry,
    samples: newSamples(steps),
    openBucket: async () => {
      await steps.open?.()
      return bucket.door
    },
  }
  return {
    time,
    scope,
    bucket,
    deps,
    createTask: (changes: Partial<Parameters<typeof createExportTask>[1]> = {}) =>
      createExportTask(scope, {
        name: 'a task',
        description: undefined,
        window: { start, end: new Date(start.getTime() + 3 * 3_600_000) },
        licenseKey: license.licenseKey,
        outputId: output.id,
        outputPath: 'day',
        type: 'SESSIONS',
        overwrite: false,
        columns: ['time'],
        fileFormat: 'CSV',
        compression: 'NONE',
        layout: 'FLAT',
        fileNumber: 1,
        ...changes,
      }),
    /** Works until the task is in the status; answers the task. */
    workUntil: async (
      task: ExportTask,
      status: ExportTask['status'],
      options: Partial<WorkerOptions> = {},
    ): Promise<ExportTask> => {
      await using _worker = startWorker(deps, { concurrency: 1, pollMs: 1, ...options })
      return await until(async () => {
        const now = await getExportTask(scope, task.id)
        return now.status === status ? now : undefined
      })
    },
    /** Works until the log of the task has such an entry; answers its message. */
    workUntilLogged: async (
      task: ExportTask,
      event: LogEvent,
      options: Partial<WorkerOptions> = {},
    ): Promise<string> => {
      await using _worker = startWorker(deps, { concurrency: 1, pollMs: 1, ...options })
      return await until(async () => {
        const { items } = await listExportLog(scope, task.id, page)
        return items.find((entry) => entry.event === event)?.message
      })
    },
  }
}

/** As #outputs stores one; what it checks on the way in is its own tests' matter. */
async function newOutput(scope: OrganizationScope): Promise<{ id: string }> {
  const id = randomUUID()
  const at = scope.clock.now()
  const external = { external_id: id, mode: 'GENERATED' as const, issued_at: at }
  await scope.insertInto('external_ids', external).execute()
  const row = {
    id,
    bucket_name: 'bucket',
    role_arn: 'arn:aws:iam::111122223333:role/sluice',
    external_id: id,
    external_id_mode: 'GENERATED' as const,
    md5_meta_tag: 'md5',
    bucket_owner_full_control: false,
    custom_data: '{}',
    created_at: at,
    modified_at: at,
  }
  await scope.insertInto('outputs', row).execute()
  return { id }
}

type Put = { objectKey: string; body: string; mode: string; metadata: Record<string, string> }

function newBucket(steps: Steps) {
  const objects = new Map<string, string>()
  const puts: Put[] = []
  const aborted: string[] = []
  const door = {
    async putFile(file, { mode, signal, onUploadStarted, onRefused, onStoring, onNothingStored }) {
      const { objectKey, path, metadata } = file
      const body = await readFile(path, 'utf8')
      assert.equal(createHash('sha256').update(body).digest('hex'), file.sha256)
      await onUploadStarted?.(`upload-${puts.length}`)
      const refusal = steps.refuse?.(objectKey)
      if (refusal !== undefined) await onRefused?.(refusal)
      await onStoring?.()
      try {
        await steps.put?.(objectKey, signal)
        if (mode === 'create' && objects.has(objectKey))
          throw new OutputError('OBJECT_EXISTS', `${objectKey} exists.`)
      } catch (error) {
        if (error instanceof OutputError) onNothingStored?.()
        throw error
      }
      objects.set(objectKey, body)
      puts.push({ objectKey, body, mode, metadata })
      return { requestIds: [] }
    },
    async abortUpload(_objectKey, uploadId) {
      aborted.push(uploadId)
      await steps.abort?.()
    },
    async [Symbol.asyncDispose]() {},
  } as CustomerBucket
  return { objects, puts, aborted, door }
}

/** A source whose bytes are its argument. */
const sayIt = 'data:text/javascript,export async function open(text) { return [Buffer.from(text)] }'

function newSamples(steps: Steps): Samples {
  const unused = () => assert.fail('not part of this test')
  return {
    append: unused,
    openBackfill: unused,
    watermark: async () => steps.watermark?.() ?? new Date('2026-03-02T23:00:00Z'),
    pinHours: async (licenseKeys: readonly string[], window: { start: Date; end: Date }) => {
      steps.pinHours?.()
      const hours = (window.end.getTime() - window.start.getTime()) / 3_600_000
      return Array.from({ length: hours }, (_, hour) => ({
        start: new Date(window.start.getTime() + hour * 3_600_000),
        end: new Date(window.start.getTime() + (hour + 1) * 3_600_000),
        licenses: licenseKeys.map((licenseKey) => ({
          licenseKey,
          revision: 1,
          storedBefore: window.end,
        })),
      }))
    },
    pinAgain: async (hour: PinnedHour) => steps.pinAgain?.(hour),
    readHour: async (hour: PinnedHour) => {
      const text = (await steps.read?.(hour)) ?? `rows of ${hour.start.toISOString()}\n`
      const source = { module: sayIt, argument: text }
      return { rows: 1, firstTime: hour.start, lastTime: hour.start, source }
    },
    async [Symbol.asyncDispose]() {},
  } as unknown as Samples
}

async function until<Value>(find: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const found = await find()
    if (found !== undefined) return found
    assert.ok(performance.now() < deadline, 'it never came true')
    await turn()
  }
}

function errorOf(task: ExportTask) {
  assert.equal(task.status, 'ERROR')
  return task.error
}

test('a role that is refused ends the task with its remedy, and nothing is in the bucket', async () => {
  const world = await newWorld({
    open: async () => {
      throw new OutputError('OBJECT_EXISTS', 'The role is open.', { remedy: 'Close it.' })
    },
  })
  const task = await world.workUntil(await world.createTask(), 'ERROR')
  assert.deepEqual(errorOf(task), {
    code: 'OBJECT_EXISTS',
    message: 'The role is open.',
    remedy: 'Close it.',
  })
  assert.equal(world.bucket.puts.length, 0)
})

test('a put that is refused and asked again is in the log, with what S3 said', async () => {
  const world = await newWorld({
    refuse: (objectKey) =>
      objectKey.includes('manifest')
        ? new OutputError('BUCKET_OWNER_DIFFERS', 'S3 refused s3:PutObject.')
        : undefined,
  })
  const task = await world.workUntil(await world.createTask(), 'FINISHED')
  const { items } = await listExportLog(world.scope, task.id, page)
  assert.deepEqual(
    items.map(({ event }) => event),
    ['ATTEMPT', 'REFUSED', 'FINISHED'],
  )
  assert.match(
    items[1]?.message ?? '',
    /^BUCKET_OWNER_DIFFERS: S3 refused s3:PutObject\. Asked again/,
  )
})

test('a fault of ours says that it is ours, and nothing of its inside', async () => {
  const world = await newWorld({
    read: () => {
      throw new Error('password=hunter2')
    },
  })
  const error = errorOf(await world.workUntil(await world.createTask(), 'ERROR'))
  assert.equal(error.code, 'INTERNAL')
  assert.match(error.remedy, /Sluice’s side/)
  assert.doesNotMatch(JSON.stringify(error), /hunter2/)
})

test('what passes is tried again until the budget is spent, then ends with its code', async () => {
  let reads = 0
  const world = await newWorld({
    read: (hour) => {
      if (hour.start.getUTCHours() === 0) reads += 1
      throw new TransientError('SAMPLES_UNAVAILABLE', 'The store is away.')
    },
  })
  const budget = { failuresMax: 3, firstDelayMs: 0, delayMsMax: 0 }
  const task = await world.workUntil(await world.createTask(), 'ERROR', { budget })
  assert.equal(errorOf(task).code, 'SAMPLES_UNAVAILABLE')
  assert.equal(reads, 4)
})

test('a full disk ends the task with its code and sends nothing; with room again it succeeds', {
  skip: process.platform !== 'linux' && 'needs /dev/full',
}, async (t) => {
  const world = await newWorld()
  const place = join(directory, 'full')
  world.deps.spool = await openSpool({ directory: place, bytesMax: 1e6 })
  t.after(() => world.deps.spool.close())
  const folder = (await readdir(place)).find((name) => !name.endsWith('.lock')) ?? ''
  const names = Array.from({ length: 20 }, (_, index) => join(place, folder, String(index + 1)))
  for (const name of names) await symlink('/dev/full', name)
  const budget = { failuresMax: 1, firstDelayMs: 0, delayMsMax: 0 }
  const error = errorOf(await world.workUntil(await world.createTask(), 'ERROR', { budget }))
  assert.equal(error.code, 'SPOOL_DISK_FULL')
  assert.match(error.message, /The operator of Sluice must free space/)
  assert.equal(world.bucket.puts.length, 0)
  for (const name of names) await rm(name, { force: true })
  await world.workUntil(await world.createTask(), 'FINISHED')
})

test('an object of somebody else ends the task and stays as it is', async () => {
  const world = await newWorld()
  world.bucket.objects.set('day/2026-03-01-01-00.csv', 'theirs')
  const error = errorOf(await world.workUntil(await world.createTask(), 'ERROR'))
  assert.equal(error.code, 'OBJECT_EXISTS')
  assert.match(error.remedy, /overwrite/)
  assert.equal(world.bucket.objects.get('day/2026-03-01-01-00.csv'), 'theirs')
})

test('unless the task may overwrite', async () => {
  const world = await newWorld()
  world.bucket.objects.set('day/2026-03-01-01-00.csv', 'theirs')
  await world.workUntil(await world.createTask({ overwrite: true }), 'FINISHED')
  assert.match(world.bucket.objects.get('day/2026-03-01-01-00.csv') ?? '', /^rows of/)
})

test('a worker that has lost its lease cannot write', async () => {
  const world = await newWorld()
  await world.createTask()
  const first = await claimTask(database, { now: world.time.now, leaseMs: 1000 })
  world.time.now = new Date(world.time.now.getTime() + 1000)
  const second = await claimTask(database, { now: world.time.now, leaseMs: 1000 })
  assert.equal(second?.id, first?.id)
  assert.ok(first)
  const file = {
    rows: 1,
    bytes: 1,
    sha256: 'x',
    md5: 'x',
    firstTime: undefined,
    lastTime: undefined,
  }
  await assert.rejects(
    claimFile(world.scope, first.claim, { position: 0, at: world.time.now, file }),
    LeaseLost,
  )
  world.time.now = new Date(world.time.now.getTime() + 1000)
  const budget = { failuresMax: 9, firstDelayMs: 0, delayMsMax: 0 }
  await world.workUntil(await getExportTask(world.scope, first.id), 'FINISHED', { budget })
})

test('bytes that differ from the claim are never sent', async () => {
  let attempts = 0
  const world = await newWorld({
    read: () => `attempt ${++attempts}`,
    put: async () => {
      throw new TransientError('AWS_UNAVAILABLE', 'Slow down.')
    },
  })
  const budget = { failuresMax: 1, firstDelayMs: 0, delayMsMax: 0 }
  const task = await world.workUntil(await world.createTask(), 'ERROR', { budget })
  assert.equal(errorOf(task).code, 'SAMPLES_CHANGED')
  assert.equal(world.bucket.puts.length, 0)
})

const revisionOf = ({ licenses }: PinnedHour) => licenses[0]?.revision
const nextRevision = ({ licenses, ...hour }: PinnedHour): PinnedHour => ({
  ...hour,
  licenses: licenses.map((license) => ({ ...license, revision: 2 })),
})
const incomplete = () => new TransientError('SAMPLES_INCOMPLETE', 'Rows of a person were deleted.')

test('hours that lost a person’s rows are read anew, and the manifest says so', async () => {
  const world = await newWorld({
    read: (hour) => {
      if (revisionOf(hour) === 1) throw incomplete()
      return 'what is left'
    },
    pinAgain: nextRevision,
  })
  const budget = { failuresMax: 9, firstDelayMs: 0, delayMsMax: 0 }
  await world.workUntil(await world.createTask(), 'FINISHED', { budget })
  const manifest = JSON.parse(world.bucket.puts.at(-1)?.body ?? '')
  assert.deepEqual(
    manifest.files.map(({ revision }: { revision: number }) => revision),
    [2, 2, 2],
  )
})

test('a file that was begun keeps what it was made of, and the task ends', async () => {
  let isDeleted = false
  const world = await newWorld({
    read: () => {
      if (isDeleted) throw incomplete()
      return 'with the person'
    },
    put: async () => {
      isDeleted = true
      throw new TransientError('AWS_UNAVAILABLE', 'Slow down.')
    },
    pinAgain: nextRevision,
  })
  const budget = { failuresMax: 2, firstDelayMs: 0, delayMsMax: 0 }
  const task = await world.workUntil(await world.createTask(), 'ERROR', { budget })
  assert.equal(errorOf(task).code, 'SAMPLES_INCOMPLETE')
  const { items } = await listExportFiles(world.scope, task.id, { offset: 0, limit: 9 })
  const [begun] = items.filter(({ claimed_at }) => claimed_at !== null)
  assert(begun?.pinned)
  assert.equal(revisionOf(readPinned(begun.pinned)), 1)
})

test('samples that expired since a task was begun end it at once, and say what can still be exported', async () => {
  const time = { isExpired: false, reads: 0 }
  const world = await newWorld({
    read: () => {
      if (!time.isExpired) throw new TransientError('SAMPLES_UNAVAILABLE', 'Not now.')
      time.reads += 1
      throw incomplete()
    },
    pinHours: () => {
      if (time.isExpired)
        throw new OutputError('SAMPLES_EXPIRED', 'They are gone.', { remedy: 'Begin later.' })
    },
  })
  const task = await world.createTask()
  await world.workUntilLogged(task, 'POSTPONED')
  time.isExpired = true
  world.time.now = new Date(world.time.now.getTime() + 3_600_000)
  const ended = await world.workUntil(task, 'ERROR')
  assert.deepEqual(
    [errorOf(ended).code, errorOf(ended).remedy],
    ['SAMPLES_EXPIRED', 'Begin later.'],
  )
  assert(time.reads <= 3, `${time.reads} reads: it was repeated`)
})

test('a task waits QUEUED until everything before its end is stored', async () => {
  let watermark = new Date('2026-03-01T02:59:59Z')
  let asked = 0
  const world = await newWorld({
    watermark: () => {
      asked += 1
      return watermark
    },
  })
  const task = await world.createTask()
  await using _worker = startWorker(world.deps, { concurrency: 1, pollMs: 1 })
  await until(async () => (asked > 0 ? true : undefined))
  assert.equal((await getExportTask(world.scope, task.id)).status, 'QUEUED')
  watermark = new Date('2026-03-01T03:00:00Z')
  await until(async () => {
    world.time.now = new Date(world.time.now.getTime() + 1000)
    const { status } = await getExportTask(world.scope, task.id)
    return status === 'FINISHED' ? true : undefined
  })
})

test('every hour has one object and the manifest comes last and names them all', async () => {
  const world = await newWorld()
  const task = await world.workUntil(await world.createTask(), 'FINISHED')
  const keys = world.bucket.puts.map(({ objectKey }) => objectKey)
  assert.equal(keys.at(-1), manifestKey(task))
  assert.deepEqual(keys.slice(0, -1).sort(), [
    'day/2026-03-01-00-00.csv',
    'day/2026-03-01-01-00.csv',
    'day/2026-03-01-02-00.csv',
  ])
  assert.equal(task.progress, 100)
  const manifest = JSON.parse(world.bucket.objects.get(manifestKey(task)) ?? '')
  for (const file of manifest.files) {
    const body = world.bucket.objects.get(file.objectKey) ?? ''
    assert.equal(file.sha256, createHash('sha256').update(body).digest('hex'))
    assert.equal(file.bytes, body.length)
  }
  assert.equal(manifest.files.length, 3)
  assert.equal(manifest.rows, 3)
  assert.equal(spool.bytesUsed, 0)
})

test('while one hour uploads, the next is read and written', async () => {
  const isSecondRead = Promise.withResolvers<void>()
  const world = await newWorld({
    read: (hour) => {
      if (hour.start.getUTCHours() === 1) isSecondRead.resolve()
      return 'rows'
    },
    put: async (objectKey) => {
      if (objectKey.endsWith('00-00.csv')) await isSecondRead.promise
    },
  })
  await world.workUntil(await world.createTask(), 'FINISHED')
})

/** A source of two blocks of a megabyte; the second comes when the gate is open. */
const twoBlocks = `data:text/javascript,${encodeURIComponent(`
async function* blocks(gate) {
  yield Buffer.alloc(1024 ** 2)
  if (Atomics.load(gate, 0) === 0) await Atomics.waitAsync(gate, 0, 0).value
  yield Buffer.alloc(1024 ** 2)
}
export const open = async (gate) => blocks(gate)`)}`

test('files of one task that fill the spool together are all delivered: only the youngest is read again', async (t) => {
  const bytesMax = 3 * 1024 ** 2
  const small = await openSpool({ directory: join(directory, 'small'), bytesMax })
  t.after(() => small.close())
  const world = await newWorld()
  world.deps.spool = small
  const gate = new Int32Array(new SharedArrayBuffer(4))
  let reads = 0
  const readHour = async (hour: PinnedHour) => {
    reads += 1
    const source = { module: twoBlocks, argument: gate }
    return { rows: 1, firstTime: hour.start, lastTime: hour.start, source }
  }
  world.deps.samples = { ...world.deps.samples, readHour }
  const budget = { failuresMax: 1, firstDelayMs: 0, delayMsMax: 0 }
  const finished = world.workUntil(await world.createTask(), 'FINISHED', { budget })
  await until(async () => (small.bytesUsed === bytesMax ? true : undefined))
  Atomics.store(gate, 0, 1)
  Atomics.notify(gate, 0)
  assert.equal((await finished).attempts, 2)
  assert.equal(reads, 3 + 1)
})

test('a file that fails cuts off none that is on its way, and none is begun after it', async () => {
  const [slow, failing] = ['day/2026-03-01-00-00.csv', 'day/2026-03-01-01-00.csv']
  const hasFailed = async () => {
    const { items } = await listExportFiles(world.scope, task.id, page)
    return items[1]?.error_code === 'AWS_UNAVAILABLE' ? true : undefined
  }
  const hours: number[] = []
  let failures = 0
  const world = await newWorld({
    read: (hour) => {
      hours.push(hour.start.getUTCHours())
      return 'rows'
    },
    put: async (objectKey, signal) => {
      if (objectKey === failing && failures++ === 0)
        throw new TransientError('AWS_UNAVAILABLE', 'S3 asks to slow down.')
      if (objectKey > failing || objectKey === slow) await until(hasFailed)
      for (let turns = 0; turns < 10; turns += 1) await turn() // until the others have heard of it
      signal.throwIfAborted()
    },
  })
  const window = { start, end: new Date(start.getTime() + 6 * 3_600_000) }
  const task = await world.createTask({ window })
  const budget = { failuresMax: 1, firstDelayMs: 0, delayMsMax: 0 }
  await world.workUntil(task, 'FINISHED', { budget })
  assert.deepEqual(hours.toSorted(), [0, 1, 1, 2, 3, 4, 5])
  assert(hours.lastIndexOf(1) < 6, `the hours were read as ${hours}`)
})

test('a task whose worker closes midway is finished by the next; delivered files are not sent again', async () => {
  const isStuck = Promise.withResolvers<void>()
  const closed = new AbortController()
  const world = await newWorld({
    put: (objectKey) => {
      if (!objectKey.includes('-01-01-00') || closed.signal.aborted) return Promise.resolve()
      isStuck.resolve()
      return new Promise((_, reject) => {
        closed.signal.addEventListener('abort', () => reject(closed.signal.reason))
      })
    },
  })
  const task = await world.createTask()
  const worker = startWorker(world.deps, { concurrency: 1, pollMs: 1 })
  await isStuck.promise
  await until(async () => {
    const { progress } = await getExportTask(world.scope, task.id)
    return progress === 50 ? true : undefined
  })
  closed.abort(new Error('cut'))
  await worker.close()
  const stopped = await getExportTask(world.scope, task.id)
  assert.equal(stopped.status, 'STARTED')
  await world.workUntil(task, 'FINISHED')
  const modes = world.bucket.puts.map(({ objectKey, mode }) => [objectKey.slice(15, -4), mode])
  assert.deepEqual(modes.slice(0, 2).sort(), [
    ['00-00', 'create'],
    ['02-00', 'create'],
  ])
  assert.deepEqual(modes[2], ['01-00', 'replace'])
  assert.equal(modes.length, 4)
  assert.equal(world.bucket.aborted.length, 1)
})

test('a task whose worker vanished is taken up when its lease is over, and not before', async () => {
  const world = await newWorld()
  const task = await world.createTask()
  await claimTask(database, { now: world.time.now, leaseMs: 60_000 })
  assert.equal(await claimTask(database, { now: world.time.now, leaseMs: 60_000 }), undefined)
  world.time.now = new Date(world.time.now.getTime() + 60_000)
  await world.workUntil(task, 'FINISHED')
  assert.equal(world.bucket.puts.length, 4)
})

test('a task that takes longer than its lease keeps it: nobody else takes it', async () => {
  const isStuck = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const world = await newWorld({
    put: () => {
      isStuck.resolve()
      return goOn.promise
    },
  })
  const task = await world.createTask()
  const leaseMs = 200
  await using _worker = startWorker(world.deps, { concurrency: 1, pollMs: 1, leaseMs })
  await isStuck.promise
  for (let renewals = 0; renewals < 3; renewals += 1) {
    const now = new Date(world.time.now.getTime() + leaseMs * 0.75)
    world.time.now = now
    await until(async () => {
      const row = await world.scope
        .selectFrom('export_tasks')
        .select('lease_until')
        .where('id', '=', task.id)
        .executeTakeFirstOrThrow()
      return Number(row.lease_until) >= now.getTime() + leaseMs || undefined
    })
    assert.equal(await claimTask(database, { now, leaseMs }), undefined)
  }
  goOn.resolve()
  await until(async () => {
    const { status } = await getExportTask(world.scope, task.id)
    return status === 'FINISHED' || undefined
  })
  assert.equal(world.bucket.puts.length, 4)
})

/** Renewals of leases have no answer until `goOn`. */
function withoutRenewals({ db, ...rest }: Database, goOn: Promise<void>): Database {
  const silent = new WeakSet<object>()
  const plugin: KyselyPlugin = {
    transformQuery: ({ node, queryId }) => {
      const updates = node.kind === 'UpdateQueryNode' ? (node.updates ?? []) : []
      const isRenewal = updates.length === 1 && JSON.stringify(updates).includes('lease_until')
      if (isRenewal) silent.add(queryId)
      return node
    },
    transformResult: async ({ result, queryId }) => {
      if (silent.has(queryId)) await goOn
      return result
    },
  }
  return { ...rest, db: db.withPlugin(plugin) }
}

test('a worker whose renewal has no answer stops when its lease is over', async () => {
  const [isStuck, isStopped] = [Promise.withResolvers<void>(), Promise.withResolvers<unknown>()]
  const goOn = Promise.withResolvers<void>()
  const world = await newWorld({
    put: async (_objectKey, signal) => {
      isStuck.resolve()
      await untilAborted(signal).catch((error: unknown) => {
        isStopped.resolve(error)
        throw error
      })
    },
  })
  await world.createTask()
  world.deps.database = withoutRenewals(database, goOn.promise)
  const leaseMs = 200
  await using _worker = startWorker(world.deps, { concurrency: 1, pollMs: 1, leaseMs })
  await isStuck.promise
  world.time.now = new Date(world.time.now.getTime() + leaseMs)
  assert((await isStopped.promise) instanceof LeaseLost)
  goOn.resolve()
})

test('a task that ends every worker that takes it ends itself, and says that the fault is ours', async () => {
  const world = await newWorld()
  const task = await world.createTask()
  const die = async () => {
    assert(await claimTask(database, { now: world.time.now, leaseMs: 1000 }))
    world.time.now = new Date(world.time.now.getTime() + 1000)
  }
  await die()
  await die()
  assert.match(await world.workUntilLogged(task, 'POSTPONED'), /^WORK_INTERRUPTED.* 2 of 12 fail/)
  world.time.now = new Date(world.time.now.getTime() + 60_000)
  await die()
  const budget = { failuresMax: 2, firstDelayMs: 0, delayMsMax: 0 }
  const { code, remedy } = errorOf(await world.workUntil(task, 'ERROR', { budget }))
  assert.equal(code, 'WORK_INTERRUPTED')
  assert.match(remedy, /Sluice’s side/)
  assert.equal(world.bucket.puts.length, 0)
})

test('a second task with the same definition finds its objects delivered and finishes', async () => {
  const world = await newWorld()
  await world.workUntil(await world.createTask(), 'FINISHED')
  await world.workUntil(await world.createTask(), 'FINISHED')
  assert.equal(world.bucket.puts.length, 5)
})

test('objects that another task may have overwritten since are not found delivered', async () => {
  let rows = 'rows'
  const world = await newWorld({
    read: () => rows,
    put: async (objectKey) => {
      if (rows !== 'others') return
      world.bucket.objects.set(objectKey, rows)
      throw new TransientError('AWS_UNAVAILABLE', 'The answer is lost.')
    },
  })
  await world.workUntil(await world.createTask(oneHour), 'FINISHED')
  rows = 'others'
  const other = await world.createTask({ ...oneHour, overwrite: true })
  const budget = { failuresMax: 0, firstDelayMs: 0, delayMsMax: 0 }
  await world.workUntil(other, 'ERROR', { budget })
  rows = 'rows'
  const task = await world.workUntil(await world.createTask(oneHour), 'ERROR')
  assert.equal(errorOf(task).code, 'OBJECT_EXISTS')
})

test('a task with another definition is refused the keys, unless it may overwrite', async () => {
  const world = await newWorld()
  const first = await world.createTask()
  const other = { columns: ['time', 'impression_id'] }
  await assert.rejects(world.createTask(other), { code: 'CONFLICT', message: new RegExp(first.id) })
  await world.createTask({ ...other, outputPath: 'elsewhere' })
  await world.createTask({ ...other, overwrite: true })
})

test('a task that ended before it sent anything gives its keys back', async () => {
  const world = await newWorld({
    open: async () => {
      throw new OutputError('OBJECT_EXISTS', 'The role is open.')
    },
  })
  await world.workUntil(await world.createTask(), 'ERROR')
  await world.createTask({ columns: ['time', 'impression_id'] })
})

test('two workers on one queue take each task once, and share them', async () => {
  const opened: string[] = []
  const world = await newWorld()
  const taken = (who: string): WorkerDeps => ({
    ...world.deps,
    openBucket: async (_scope, _output, { taskId }) => {
      opened.push(`${who} ${taskId}`)
      await new Promise((done) => setTimeout(done, 20))
      return world.bucket.door
    },
  })
  const tasks: ExportTask[] = []
  for (let index = 0; index < 12; index += 1)
    tasks.push(await world.createTask({ outputPath: `day-${index}` }))
  const options = { concurrency: 2, pollMs: 5 }
  await using _first = startWorker(taken('first'), options)
  await using _second = startWorker(taken('second'), options)
  for (const { id } of tasks) {
    while ((await getExportTask(world.scope, id)).status !== 'FINISHED')
      await new Promise((done) => setTimeout(done, 10))
  }
  const ids = opened.map((each) => each.split(' ')[1])
  assert.deepEqual(ids.toSorted(), tasks.map(({ id }) => id).toSorted())
  assert.deepEqual([...new Set(opened.map((each) => each.split(' ')[0]))].toSorted(), [
    'first',
    'second',
  ])
})

/** What the organization's webhook was to be told. */
async function openTold(scope: OrganizationScope) {
  const at = scope.clock.now()
  const events = JSON.stringify(['export.finished', 'export.failed'])
  const row = { url: 'https://hooks.example/', events, enabled: true, secret: 'none' }
  await scope
    .insertInto('webhooks', { id: randomUUID(), ...row, created_at: at, modified_at: at })
    .execute()
  return async () => {
    const rows = await scope.selectFrom('webhook_deliveries').select('payload').execute()
    return rows.map(({ payload }) => JSON.parse(payload))
  }
}

test('the organization’s webhooks hear once of a task that is FINISHED, and of one in ERROR with its code', async () => {
  const refusal = new OutputError('PUT_NOT_ALLOWED', 'The role may not write.')
  let refuses = false
  const put = async () => {
    if (refuses) throw refusal
  }
  const { createTask, workUntil, scope } = await newWorld({ put })
  const told = await openTold(scope)
  const task = await workUntil(await createTask(), 'FINISHED')
  refuses = true
  const failed = await workUntil(await createTask({ outputPath: 'other' }), 'ERROR')
  const messages = await told()
  const { organizationId } = scope
  assert.deepEqual(
    messages.map(({ type, data }) => ({ type, data })),
    [
      { type: 'export.finished', data: { organizationId, exportTaskId: task.id } },
      {
        type: 'export.failed',
        data: { organizationId, exportTaskId: failed.id, code: 'PUT_NOT_ALLOWED' },
      },
    ],
  )
})

test('a worker whose lease is lost tells nothing', async () => {
  const { createTask, scope, time } = await newWorld()
  const told = await openTold(scope)
  await createTask()
  const first = await claimTask(database, { now: time.now, leaseMs: 1000 })
  assert(first)
  const later = new Date(time.now.getTime() + 2000)
  assert(await claimTask(database, { now: later, leaseMs: 1000 }))
  const error = { code: 'INTERNAL', message: '', remedy: '' }
  await assert.rejects(failTask(scope, first.claim, { at: later, error }), LeaseLost)
  assert.deepEqual(await told(), [])
})

const page = { offset: 0, limit: 100 }

/** As a request without an answer: an abort ends it, also one from before it began. */
async function untilAborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  throw signal.reason
}

test('a task that runs is cancelled long before its lease ends: uploads aborted, no manifest, what is delivered stays', async () => {
  const isStuck = Promise.withResolvers<void>()
  const world = await newWorld({
    put: async (objectKey, signal) => {
      if (objectKey.endsWith('00-00.csv')) return
      isStuck.resolve()
      await untilAborted(signal)
    },
  })
  const task = await world.createTask()
  await using _worker = startWorker(world.deps, { concurrency: 1, pollMs: 1 })
  await isStuck.promise
  await until(async () =>
    (await getExportTask(world.scope, task.id)).progress > 0 ? true : undefined,
  )
  const { status, state } = await cancelExportTask(world.scope, task.id)
  assert.deepEqual([status, state], ['STARTED', 'CANCELLING'])
  const cancelled = await until(async () => {
    const now = await getExportTask(world.scope, task.id)
    return now.state === 'CANCELLED' ? now : undefined
  })
  assert.deepEqual([cancelled.status, errorOf(cancelled).code], ['ERROR', 'CANCELLED'])
  assert(errorOf(cancelled).remedy.endsWith(`npx sluice exports retry ${task.id}`))
  assert.deepEqual([...world.bucket.objects.keys()], ['day/2026-03-01-00-00.csv'])
  const { items: files } = await listExportFiles(world.scope, task.id, page)
  assert.deepEqual(
    files.map((file) => [file.delivered_at !== null, file.upload_ids]),
    [
      [true, []],
      [false, []],
      [false, []],
      [false, []],
    ],
  )
  assert.deepEqual(world.bucket.aborted.length, 2)
  assert.equal((await cancelExportTask(world.scope, task.id)).state, 'CANCELLED')
})

test('a cancelled task whose worker vanished is ended by the next, which aborts its uploads', async () => {
  const world = await newWorld({
    put: async () => {
      throw new TransientError('AWS_UNAVAILABLE', 'Slow down.')
    },
  })
  const task = await world.createTask()
  const budget = { failuresMax: 5, firstDelayMs: 3_600_000, delayMsMax: 3_600_000 }
  await world.workUntilLogged(task, 'POSTPONED', { budget })
  await cancelExportTask(world.scope, task.id)
  const vanished = await claimTask(database, { now: world.time.now, leaseMs: 1000 })
  assert.equal(vanished?.status, 'CANCELLING')
  world.time.now = new Date(world.time.now.getTime() + 1000)
  await world.workUntilLogged(task, 'CANCELLED')
  assert(world.bucket.aborted.length > 0)
  assert.equal(world.bucket.objects.size, 0)
})

test('a task that waits and has no upload open is cancelled at once, and can be retried', async () => {
  const world = await newWorld({
    open: async () => {
      throw new TransientError('AWS_UNAVAILABLE', 'Slow down.')
    },
  })
  const task = await world.createTask()
  await world.workUntilLogged(task, 'POSTPONED')
  assert.equal((await getExportTask(world.scope, task.id)).status, 'STARTED')
  assert.equal((await cancelExportTask(world.scope, task.id)).state, 'CANCELLED')
  assert.equal((await retryExportTask(world.scope, task.id)).state, 'QUEUED')
})

test('a cancelled task is ended while others have every lane, its bucket and its role', async () => {
  const isStuck = Promise.withResolvers<void>()
  const world = await newWorld({
    put: async (objectKey, signal) => {
      if (objectKey.startsWith('day/')) throw new TransientError('AWS_UNAVAILABLE', 'Slow down.')
      isStuck.resolve()
      await untilAborted(signal)
    },
  })
  const task = await world.createTask()
  await world.workUntilLogged(task, 'POSTPONED')
  await world.createTask({ outputPath: 'long' })
  await using _worker = startWorker(world.deps, { concurrency: 1, pollMs: 1 })
  await isStuck.promise
  const asked = { now: world.time.now, leaseMs: 0, tasksAtOnce: { perBucket: 1, perRole: 1 } }
  assert.equal(await claimTask(database, asked), undefined)
  assert.equal((await cancelExportTask(world.scope, task.id)).state, 'CANCELLING')
  assert.equal((await claimTask(database, asked))?.id, task.id)
  await until(async () => {
    const { state } = await getExportTask(world.scope, task.id)
    return state === 'CANCELLED' || undefined
  })
})

test('a cancelled task whose uploads AWS cannot abort is ended after some tries, and says so', async () => {
  const world = await newWorld({
    put: async () => {
      throw new TransientError('AWS_UNAVAILABLE', 'Slow down.')
    },
    abort: () => {
      throw new TransientError('AWS_UNAVAILABLE', 'Slow down.')
    },
  })
  const task = await world.createTask()
  await world.workUntilLogged(task, 'POSTPONED')
  await cancelExportTask(world.scope, task.id)
  await using _worker = startWorker(world.deps, { concurrency: 1, pollMs: 1 })
  for (let tries = 1; tries <= abortBudget.failuresMax; tries += 1) {
    await until(async () => {
      const { items } = await listExportLog(world.scope, task.id, page)
      return items.filter(({ event }) => event === 'POSTPONED').length > tries || undefined
    })
    world.time.now = new Date(world.time.now.getTime() + abortBudget.delayMsMax)
  }
  const message = await world.workUntilLogged(task, 'CANCELLED')
  assert.match(message, /AWS_UNAVAILABLE.*AbortIncompleteMultipartUpload/)
})

test('a cancellation is not put off by the postponement that it meets', async () => {
  const world = await newWorld()
  const at = world.time.now
  await world.createTask()
  const task = await claimTask(database, { now: at, leaseMs: 1000 })
  assert(task)
  await startAttempt(world.scope, task, { at, filesDelivered: 0, filesTotal: 4 })
  await cancelExportTask(world.scope, task.id)
  const availableAt = new Date(at.getTime() + 900_000)
  await releaseTask(world.scope, task, { availableAt, failures: 7 })
  const next = await claimTask(database, { now: at, leaseMs: 1000 })
  assert.deepEqual([next?.status, next?.failures], ['CANCELLING', 0])
})

test('a task that is cancelled between its last file and its manifest leaves none', async () => {
  const world = await newWorld({
    put: async (objectKey) => {
      if (objectKey.endsWith('.csv')) await cancelExportTask(world.scope, task.id)
    },
  })
  const task = await world.createTask({
    window: { start, end: new Date(start.getTime() + 3_600_000) },
  })
  await world.workUntilLogged(task, 'CANCELLED')
  assert.equal((await getExportTask(world.scope, task.id)).state, 'CANCELLED')
  assert.deepEqual([...world.bucket.objects.keys()], ['day/2026-03-01-00-00.csv'])
})

test('a bucket that no longer lets us in does not keep a cancelled task from its end', async () => {
  let isRevoked = false
  const world = await newWorld({
    open: async () => {
      if (isRevoked) throw new OutputError('ROLE_NOT_ASSUMABLE', 'No.')
    },
    put: async () => {
      throw new TransientError('AWS_UNAVAILABLE', 'Slow down.')
    },
  })
  const task = await world.createTask()
  await world.workUntilLogged(task, 'POSTPONED')
  isRevoked = true
  await cancelExportTask(world.scope, task.id)
  const message = await world.workUntilLogged(task, 'CANCELLED')
  assert.match(message, /ROLE_NOT_ASSUMABLE.*AbortIncompleteMultipartUpload/)
})

test('a task that ends in ERROR leaves no upload open, or says that it does', async () => {
  const [refusal, passing] = [
    new OutputError('PUT_NOT_ALLOWED', 'No.'),
    new TransientError('AWS_UNAVAILABLE', 'Not now.'),
  ]
  for (const [abort, said] of [
    [undefined, /^PUT_NOT_ALLOWED: No.$/],
    [refusal, /could not be aborted \(PUT_NOT_ALLOWED\).*AbortIncompleteMultipartUpload/],
    [passing, /could not be aborted \(AWS_UNAVAILABLE\).*AbortIncompleteMultipartUpload/],
  ] as const) {
    const world = await newWorld({
      put: async () => {
        throw refusal
      },
      abort: () => {
        if (abort) throw abort
      },
    })
    const task = await world.createTask()
    assert.match(await world.workUntilLogged(task, 'FAILED'), said)
    const { error } = (await getExportTask(world.scope, task.id)) as { error?: { code: string } }
    assert.equal(error?.code, 'PUT_NOT_ALLOWED')
    assert(world.bucket.aborted.length > 0)
  }
})

test('an upload that could not be aborted is aborted by a retry', async () => {
  let isMended = false
  const refuse = async () => {
    if (!isMended) throw new OutputError('PUT_NOT_ALLOWED', 'No.')
  }
  const world = await newWorld({ put: refuse, abort: refuse })
  const openUploads = async () => {
    const { items } = await listExportFiles(world.scope, task.id, page)
    return items[0]?.upload_ids
  }
  const task = await world.createTask(oneHour)
  await world.workUntil(task, 'ERROR')
  assert.deepEqual(await openUploads(), ['upload-0'])
  isMended = true
  world.bucket.aborted.length = 0
  await retryExportTask(world.scope, task.id)
  await world.workUntil(task, 'FINISHED')
  assert.deepEqual([world.bucket.aborted, await openUploads()], [['upload-0'], []])
})

test('the log says that an upload stays which could not be aborted although its file is delivered', async () => {
  const answers = [new TransientError('AWS_UNAVAILABLE', 'Slow down.')]
  const world = await newWorld({
    put: async () => {
      for (const answer of answers.splice(0)) throw answer
    },
    abort: async () => {
      throw new OutputError('PUT_NOT_ALLOWED', 'No.')
    },
  })
  const task = await world.createTask(oneHour)
  await world.workUntil(task, 'FINISHED', { budget: atOnce })
  assert.match(
    await world.workUntilLogged(task, 'REFUSED'),
    /stays.*AbortIncompleteMultipartUpload/,
  )
})

test('a cancelled task does not say that its uploads are aborted when that was refused', async () => {
  const world = await newWorld({
    put: async () => {
      throw new TransientError('AWS_UNAVAILABLE', 'Slow down.')
    },
    abort: () => {
      throw new OutputError('PUT_NOT_ALLOWED', 'No.')
    },
  })
  const task = await world.createTask()
  await world.workUntilLogged(task, 'POSTPONED')
  await cancelExportTask(world.scope, task.id)
  const message = await world.workUntilLogged(task, 'CANCELLED')
  assert.match(message, /PUT_NOT_ALLOWED.*AbortIncompleteMultipartUpload/)
})

test('once the manifest is on its way a task finishes and is not cancelled', async () => {
  const [isSending, mayGoOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const world = await newWorld({
    put: async (objectKey) => {
      if (!objectKey.includes('manifest')) return
      isSending.resolve()
      await mayGoOn.promise
    },
  })
  const task = await world.createTask()
  await using _worker = startWorker(world.deps, { concurrency: 1, pollMs: 1 })
  await isSending.promise
  await assert.rejects(cancelExportTask(world.scope, task.id), { code: 'CONFLICT' })
  mayGoOn.resolve()
  await world.workUntil(task, 'FINISHED')
  await assert.rejects(cancelExportTask(world.scope, task.id), { code: 'CONFLICT' })
  await assert.rejects(retryExportTask(world.scope, task.id), { code: 'CONFLICT' })
})

test('a retried task delivers only what is missing, under the same id and keys, with a whole budget', async () => {
  let isOpen = false
  const world = await newWorld({
    put: async (objectKey) => {
      if (isOpen || objectKey.endsWith('00-00.csv')) return
      throw new OutputError('PUT_NOT_ALLOWED', 'No.', { remedy: 'Allow it.' })
    },
  })
  const failed = await world.workUntil(await world.createTask(), 'ERROR')
  const { remedy } = errorOf(failed)
  assert.match(remedy, new RegExp(`^Allow it. Then: npx sluice exports retry ${failed.id} `))
  assert(remedy.endsWith(`npx sluice outputs verify ${failed.outputId}`))
  const { items } = await listExportFiles(world.scope, failed.id, page)
  assert.deepEqual(
    items.map((file) => [file.attempts, file.error_code]),
    [
      [1, null],
      [1, 'PUT_NOT_ALLOWED'],
      [1, 'PUT_NOT_ALLOWED'],
      [0, null],
    ],
  )
  isOpen = true
  const before = world.bucket.puts.length
  const retried = await retryExportTask(world.scope, failed.id)
  assert.deepEqual([retried.status, retried.id], ['QUEUED', failed.id])
  const finished = await world.workUntil(retried, 'FINISHED')
  assert.deepEqual(
    world.bucket.puts
      .slice(before)
      .map(({ objectKey }) => objectKey.slice(4))
      .toSorted(),
    ['2026-03-01-01-00.csv', '2026-03-01-02-00.csv', `manifest-${failed.id}.json`],
  )
  assert.equal(finished.attempts, 2)
  const { items: log } = await listExportLog(world.scope, failed.id, page)
  assert.deepEqual(
    log.map(({ event }) => event),
    ['ATTEMPT', 'FAILED', 'RETRIED', 'ATTEMPT', 'FINISHED'],
  )
})

test('a retry does not overwrite the object of somebody else that ended the task', async () => {
  const world = await newWorld()
  world.bucket.objects.set(key, 'theirs')
  const task = await world.workUntil(await world.createTask(), 'ERROR')
  await retryExportTask(world.scope, task.id)
  const again = await world.workUntil(task, 'ERROR')
  assert.equal(errorOf(again).code, 'OBJECT_EXISTS')
  assert.equal(world.bucket.objects.get(key), 'theirs')
  world.bucket.objects.delete(key)
  await retryExportTask(world.scope, task.id)
  await world.workUntil(task, 'FINISHED')
})

test('objects of somebody else are met by files that are sent at once, and a retry overwrites none of them', async () => {
  const [first, second] = ['day/2026-03-01-00-00.csv', 'day/2026-03-01-01-00.csv']
  const isMet = async () => {
    const { items } = await listExportFiles(world.scope, task.id, page)
    return items[0]?.error_code === 'OBJECT_EXISTS' ? true : undefined
  }
  const world = await newWorld({
    put: async (objectKey, signal) => {
      if (objectKey !== second) return
      await until(isMet)
      for (let turns = 0; turns < 10; turns += 1) await turn() // until the others have heard of it
      signal.throwIfAborted()
    },
  })
  for (const key of [first, second]) world.bucket.objects.set(key, 'theirs')
  const task = await world.createTask()
  await world.workUntil(task, 'ERROR')
  world.bucket.objects.delete(first)
  await retryExportTask(world.scope, task.id)
  const again = await world.workUntil(task, 'ERROR')
  assert.equal(errorOf(again).code, 'OBJECT_EXISTS')
  assert.equal(world.bucket.objects.get(second), 'theirs')
})

test('what S3 refused is not there: what somebody else puts under the key before a retry stays', async () => {
  let isMended = false
  const world = await newWorld({
    put: async () => {
      if (!isMended) throw new OutputError('PUT_NOT_ALLOWED', 'No.')
    },
  })
  const task = await world.workUntil(await world.createTask(oneHour), 'ERROR')
  isMended = true
  world.bucket.objects.set(key, 'theirs')
  await retryExportTask(world.scope, task.id)
  const again = await world.workUntil(task, 'ERROR')
  assert.equal(errorOf(again).code, 'OBJECT_EXISTS')
  assert.equal(world.bucket.objects.get(key), 'theirs')
})

test('an attempt of which nobody knows how it ended, and one after it that is refused, may have left the object', async () => {
  const answers = [
    new TransientError('AWS_UNAVAILABLE', 'Lost.'),
    new OutputError('KEY_REFUSED', ''),
  ]
  const world = await newWorld({
    put: async () => {
      const answer = answers.shift()
      if (answer instanceof TransientError) world.bucket.objects.set(key, 'ours, as nobody knows')
      if (answer !== undefined) throw answer
    },
  })
  const task = await world.createTask(oneHour)
  await world.workUntil(task, 'ERROR', { budget: atOnce })
  await retryExportTask(world.scope, task.id)
  await world.workUntil(task, 'FINISHED')
  assert.match(world.bucket.objects.get(key) ?? '', /^rows of/)
})

test('somebody else’s object stays when the database is away as S3 tells of it', async () => {
  let [failing, puts] = [0, 0]
  const world = await newWorld({
    put: async () => {
      puts += 1
      if (puts === 1) failing = 3
    },
  })
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      if (failing === 0) return node
      failing -= 1
      throw new TransientError('DATABASE_UNAVAILABLE', 'Away.')
    },
    transformResult: async ({ result }) => result,
  }
  world.deps.database = { ...database, db: database.db.withPlugin(plugin) }
  world.bucket.objects.set(key, 'theirs')
  const task = await world.createTask(oneHour)
  const ended = await world.workUntil(task, 'ERROR', { budget: atOnce })
  assert.equal(errorOf(ended).code, 'OBJECT_EXISTS')
  assert.equal(world.bucket.objects.get(key), 'theirs')
})

test('two tasks with one definition that meet somebody else’s object at once overwrite nothing', async () => {
  let met = 0
  const world = await newWorld({
    put: async () => {
      met += 1
      await until(async () => met > 1 || undefined)
    },
  })
  world.bucket.objects.set(key, 'theirs')
  const tasks = [await world.createTask(oneHour), await world.createTask(oneHour)]
  for (const task of tasks) await world.workUntil(task, 'ERROR', { concurrency: 2, budget: atOnce })
  assert.equal(world.bucket.objects.get(key), 'theirs')
})

test('a retry is refused when another task has taken its keys meanwhile', async () => {
  const world = await newWorld({
    open: async () => {
      throw new OutputError('ROLE_NOT_ASSUMABLE', 'No.')
    },
  })
  const task = await world.workUntil(await world.createTask(), 'ERROR')
  const other = await world.createTask({ columns: ['time', 'impression_id'] })
  await assert.rejects(retryExportTask(world.scope, task.id), {
    code: 'CONFLICT',
    message: new RegExp(other.id),
  })
})

test('what the operator must change is not repeated, and says so', async () => {
  const world = await newWorld({ read: () => 'x'.repeat(2_000_000) })
  const error = errorOf(await world.workUntil(await world.createTask(), 'ERROR'))
  assert.equal(error.code, 'SPOOL_FILE_TOO_LARGE')
  assert.match(error.message, /SLUICE_SPOOL_BYTES_MAX/)
  assert.match(error.remedy, /Sluice’s side.*exports retry/)
})

test('of a log the newest entries are kept', async () => {
  const world = await newWorld()
  const { id } = await world.createTask()
  const at = world.time.now
  for (let index = 0; index < LOG_ENTRIES_MAX + 3; index += 1)
    await writeLog(world.scope, id, { at, event: 'POSTPONED', message: `${index}` })
  const { items, totalCount } = await listExportLog(world.scope, id, page)
  assert.deepEqual([items[0]?.message, totalCount], ['3', LOG_ENTRIES_MAX])
})

test('an organization with ten thousand tasks does not keep another with one waiting', async () => {
  const busy = await newWorld()
  const { id } = await busy.createTask()
  await sql`insert into export_tasks select (jsonb_populate_record(task, jsonb_build_object(
    'id', gen_random_uuid()))).* from export_tasks task, generate_series(1, 10000)
    where id = ${id}`.execute(database.db)
  const quiet = await newWorld({}, { keepTasks: true })
  const claim = (leaseMs: number) => claimTask(database, { now: busy.time.now, leaseMs })
  assert.equal((await claim(0))?.organization_id, busy.scope.organizationId)
  const task = await quiet.createTask()
  assert.equal((await claim(60_000))?.id, task.id)
  assert.equal((await claim(60_000))?.organization_id, busy.scope.organizationId)
})

test('a long task gives its lane to another organization between two files, and goes on as if nothing was', async () => {
  const busy = await newWorld({
    put: async (objectKey) => {
      if (objectKey !== 'day/2026-03-01-00-00.csv') return
      await quiet.createTask({ outputPath: 'quiet' })
      busy.time.now = new Date(busy.time.now.getTime() + LANE_ASKED_MS)
    },
  })
  const quiet = await newWorld({}, { keepTasks: true })
  const window = { start, end: new Date(start.getTime() + 12 * 3_600_000) }
  const { id } = await busy.workUntil(await busy.createTask({ window }), 'FINISHED')
  const keys = busy.bucket.puts.map(({ objectKey }) => objectKey)
  assert.equal(keys.length, 13 + 4)
  const first = keys.findIndex((key) => key.startsWith('quiet/'))
  assert(first < 12, `the other one had to wait for ${first} files`)
  const { items } = await listExportLog(busy.scope, id, page)
  assert.deepEqual(
    items.map(({ event }) => event),
    ['ATTEMPT', 'FINISHED'],
  )
  assert.equal((await getExportTask(busy.scope, id)).attempts, 1)
})

test('a lane is wanted when none is free and another root has fewer; what is below a root shares with it', async () => {
  const root = await newWorld()
  const below = await newWorld({}, { keepTasks: true })
  const parent_id = root.scope.organizationId
  await database.db
    .updateTable('organizations')
    .set({ parent_id })
    .where('id', '=', below.scope.organizationId)
    .execute()
  const now = root.time.now
  const worker = { id: randomUUID(), host: 'a', process_id: 1, started_at: now, seen_at: now }
  await database.db
    .insertInto('workers')
    .values({ ...worker, concurrency: 1 })
    .execute()
  const claim = () => claimTask(database, { now, leaseMs: 60_000 })
  const isWanted = () => isLaneWanted(database, root.scope.organizationId, now)
  await root.createTask()
  await claim()
  await below.createTask()
  assert.equal(await isWanted(), false)
  const other = await newWorld({}, { keepTasks: true })
  const { id } = await other.createTask()
  assert.equal(await isWanted(), true)
  await database.db.updateTable('workers').set({ concurrency: 2 }).execute()
  assert.equal(await isWanted(), false)
  assert.equal((await claim())?.id, id)
  await database.db.deleteFrom('workers').execute()
})

test('of one bucket and of one role only so many tasks go on at once, whoever has them', async () => {
  const world = await newWorld()
  for (let index = 0; index < 4; index += 1) await world.createTask({ outputPath: `day-${index}` })
  const claim = (tasksAtOnce: { perBucket: number; perRole: number }) =>
    claimTask(database, { now: world.time.now, leaseMs: 60_000, tasksAtOnce })
  assert(await claim({ perBucket: 1, perRole: 9 }))
  assert.equal(await claim({ perBucket: 1, perRole: 9 }), undefined)
  assert.equal(await claim({ perBucket: 9, perRole: 1 }), undefined)
  assert(await claim({ perBucket: 2, perRole: 2 }))
  assert.equal(await claim({ perBucket: 9, perRole: 2 }), undefined)
})
