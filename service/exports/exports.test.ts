import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { asOrganizationId, type Database, type OrganizationScope, openScope } from '#database'
import { type App, createServer } from '#http'
import { createLicense } from '#licenses'
import { openTelemetry } from '#telemetry'
import { openTestDatabase } from '#testing'
import type { EstimateSamples } from './estimate.ts'
import { exportRoutes, hoursOf } from './exports.ts'
import { claimTask } from './lease.ts'
import { announceWorker, listWorkers } from './workers.ts'

const telemetry = openTelemetry({ level: 'silent' })
const clock = { now: () => new Date('2026-03-10T12:00:00Z') }
/** The hour that begins at 03:00 has 100 rows, of 10 bytes each; those before have expired. */
const samples: EstimateSamples = {
  countHours: async (_keys, window) =>
    hoursOf(window).map(({ start }) => ({
      hour: start,
      rows: start.getUTCHours() === 3 ? 100 : 0,
      isClosed: start.getUTCHours() < 23,
      isExpired: start.getUTCHours() < 2,
    })),
  measureNewestRows: async () => ({ rows: 4, bytes: 40 }),
}
let directory: string
let database: Database
let app: App

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-exports-'))
  database = await openTestDatabase({ dataDirectory: directory })
  app = await createServer({
    clock,
    telemetry,
    // The key is the organization's id: who may act where is not what is tested here.
    authenticate: async ({ apiKey }) => ({
      scope: openScope(database, asOrganizationId(apiKey ?? ''), clock),
      isOperator: false,
    }),
    readiness: async () => [],
    routes: [exportRoutes({ samples })],
  })
})

after(async () => {
  await app.close()
  await database.close()
  await rm(directory, { recursive: true })
  telemetry.close()
})

interface Customer {
  scope: OrganizationScope
  body: ReturnType<typeof bodyOf>
}

function bodyOf(licenseKey: string, outputId: string) {
  return {
    name: 'a day',
    startTime: '2026-03-09T00:00:00Z',
    endTime: '2026-03-10T00:00:00Z',
    licenseKey,
    output: { outputId, outputPath: 'day' },
  }
}

async function newCustomer(changes: { path_prefix?: string } = {}): Promise<Customer> {
  const organizationId = asOrganizationId(randomUUID())
  const at = clock.now()
  await database.db
    .insertInto('organizations')
    .values({
      id: organizationId,
      parent_id: null,
      name: 'An organization',
      label_color: null,
      is_operator: false,
      created_at: at,
      modified_at: at,
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
  const id = randomUUID()
  const mode = 'GENERATED' as const
  await scope.insertInto('external_ids', { external_id: id, mode, issued_at: at }).execute()
  const output = {
    id,
    bucket_name: 'bucket',
    role_arn: 'arn:aws:iam::111122223333:role/sluice',
    external_id: id,
    external_id_mode: mode,
    bucket_owner_full_control: false,
    custom_data: '{}',
    created_at: at,
    modified_at: at,
    ...changes,
  }
  await scope.insertInto('outputs', output).execute()
  return { scope, body: bodyOf(license.licenseKey, id) }
}

async function call(customer: Customer, method: 'GET' | 'POST', path: string, body?: object) {
  const response = await app.inject({
    method,
    url: `/v1/analytics/exports${path}`,
    headers: { 'x-api-key': customer.scope.organizationId, 'content-type': 'application/json' },
    ...(body && { payload: JSON.stringify(body) }),
  })
  const { data } = response.json()
  return { status: response.statusCode, result: data.result, ...data }
}

function fieldsOf(answer: { details: { field: string }[] }): string[] {
  return answer.details.map(({ field }) => field).sort()
}

test('a second organization gets NOT_FOUND for each verb, in the words for what never was', async () => {
  const [owner, other] = [await newCustomer(), await newCustomer()]
  const { result: task } = await call(owner, 'POST', '', owner.body)
  const unknown = randomUUID()
  const wordsFor = async (id: string, path: string, body?: object) => {
    const { status, message } = await call(other, body ? 'POST' : 'GET', path, body)
    assert.equal(status, 404)
    assert.ok(message.includes(id))
    return message.replaceAll(id, 'ID')
  }
  assert.equal(await wordsFor(task.id, `/${task.id}`), await wordsFor(unknown, `/${unknown}`))
  const withOutput = (outputId: string) => ({
    ...other.body,
    output: { outputId, outputPath: 'day' },
  })
  assert.equal(
    await wordsFor(task.id, `/${task.id}/log`),
    await wordsFor(unknown, `/${unknown}/log`),
  )
  for (const verb of ['cancel', 'retry'])
    assert.equal(
      await wordsFor(task.id, `/${task.id}/${verb}`, {}),
      await wordsFor(unknown, `/${unknown}/${verb}`, {}),
    )
  assert.equal((await call(owner, 'GET', `/${task.id}`)).result.state, 'QUEUED')
  const { outputId } = owner.body.output
  assert.equal(
    await wordsFor(outputId, '', withOutput(outputId)),
    await wordsFor(unknown, '', withOutput(unknown)),
  )
  const withLicense = (licenseKey: string) => ({ ...other.body, licenseKey })
  const { licenseKey } = owner.body
  assert.equal(
    await wordsFor(licenseKey, '', withLicense(licenseKey)),
    await wordsFor(unknown, '', withLicense(unknown)),
  )
  assert.equal((await call(other, 'GET', '')).result.totalCount, 0)
})

test('an id that is no id is not found', async () => {
  assert.equal((await call(await newCustomer(), 'GET', '/..%2f')).status, 404)
})

test('mistakes of form and of meaning come in one answer, each with its field', async () => {
  const customer = await newCustomer()
  const answer = await call(customer, 'POST', '', {
    startTime: '2026-03-09T00:00:00Z',
    endTime: '2026-03-08T00:00:00Z',
    licenseKey: 5,
    output: { outputPath: '../other' },
    type: 'METRICS',
    columns: ['no_such'],
    fileFormat: 'XLSX',
    compression: 'SNAPPY',
    layout: 'DEEP',
  })
  assert.equal(answer.status, 400)
  assert.deepEqual(fieldsOf(answer), [
    'columns',
    'compression',
    'endTime',
    'fileFormat',
    'layout',
    'licenseKey',
    'name',
    'output.outputId',
    'output.outputPath',
    'type',
  ])
  assert.equal((await call(customer, 'GET', '')).result.totalCount, 0)
})

test('a body that is no object is a mistake, not a fault', async () => {
  const customer = await newCustomer()
  for (const body of [[], 'text', 5]) {
    const answer = await call(customer, 'POST', '', Object(body))
    assert.equal(answer.status, 400)
  }
})

test('a path that makes keys longer than S3 takes is refused with both numbers', async () => {
  const customer = await newCustomer({ path_prefix: `${'p'.repeat(500)}/` })
  const output = { ...customer.body.output, outputPath: 'ä'.repeat(250) }
  const answer = await call(customer, 'POST', '', { ...customer.body, output })
  assert.equal(answer.status, 400)
  assert.match(answer.message, /keys of 1052 bytes.*1024/)
})

test('a window that collides with another task’s files is 409, unless it may overwrite', async () => {
  const customer = await newCustomer()
  const { result: first } = await call(customer, 'POST', '', customer.body)
  const colliding = { ...customer.body, startTime: '2026-03-09T23:00:00Z' }
  const answer = await call(customer, 'POST', '', colliding)
  assert.equal(answer.status, 409)
  assert.match(answer.message, new RegExp(`day/2026-03-09-23-00.csv.*${first.id}`))
  const output = { ...customer.body.output, overwrite: true }
  assert.equal((await call(customer, 'POST', '', { ...colliding, output })).status, 201)
})

test('of two colliding tasks created at once, one is refused', async () => {
  const customer = await newCustomer()
  const answers = await Promise.all(
    [['time'], ['impression_id']].map((columns) =>
      call(customer, 'POST', '', { ...customer.body, columns }),
    ),
  )
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409])
})

test('a task comes back as it was asked for, with the defaults said', async () => {
  const customer = await newCustomer()
  const created = await call(customer, 'POST', '/', {
    ...customer.body,
    description: 'of March',
    columns: ['impressionId', 'TIME'],
  })
  assert.equal(created.status, 201)
  const { id, ...members } = created.result
  assert.deepEqual(members, {
    name: 'a day',
    description: 'of March',
    startTime: '2026-03-09T00:00:00.000Z',
    endTime: '2026-03-10T00:00:00.000Z',
    licenseKey: customer.body.licenseKey,
    licenseKeys: [customer.body.licenseKey],
    output: { ...customer.body.output, overwrite: false },
    type: 'SESSIONS',
    columns: ['impression_id', 'time'],
    fileFormat: 'CSV',
    compression: 'NONE',
    layout: 'FLAT',
    progress: 0,
    status: 'QUEUED',
    state: 'QUEUED',
    attempts: 0,
    createdAt: '2026-03-10T12:00:00.000Z',
  })
  assert.deepEqual((await call(customer, 'GET', `/${id}`)).result, created.result)
  const { result: page } = await call(customer, 'GET', '?limit=1')
  assert.deepEqual(page.items, [created.result])
})

test('a task’s files are listed in order, the manifest last, and to its organization alone', async () => {
  const customer = await newCustomer()
  const { result: task } = await call(customer, 'POST', '', customer.body)
  const stranger = await newCustomer()
  assert.equal((await call(stranger, 'GET', `/${task.id}/files`)).status, 404)
  const { result } = await call(customer, 'GET', `/${task.id}/files?offset=23&limit=5`)
  assert.equal(result.totalCount, 25)
  assert.deepEqual(result.items, [
    {
      objectKey: 'day/2026-03-09-23-00.csv',
      status: 'PLANNED',
      startTime: '2026-03-09T23:00:00.000Z',
      endTime: '2026-03-10T00:00:00.000Z',
      attempts: 0,
    },
    { objectKey: `day/manifest-${task.id}.json`, status: 'PLANNED', attempts: 0 },
  ])
})

test('a task that nobody has begun is cancelled at once and retried, and its log says so', async () => {
  const customer = await newCustomer()
  const { result: task } = await call(customer, 'POST', '', customer.body)
  const refused = await call(customer, 'POST', `/${task.id}/retry`)
  assert.equal(refused.status, 409)
  assert.match(refused.message, /is in QUEUED/)
  const { result: cancelled } = await call(customer, 'POST', `/${task.id}/cancel`)
  assert.deepEqual([cancelled.status, cancelled.state], ['ERROR', 'CANCELLED'])
  assert.equal(cancelled.error.code, 'CANCELLED')
  const { result: retried } = await call(customer, 'POST', `/${task.id}/retry`)
  assert.deepEqual([retried.status, retried.state, retried.error], ['QUEUED', 'QUEUED', undefined])
  const { result: log } = await call(customer, 'GET', `/${task.id}/log`)
  assert.deepEqual(
    log.items.map(({ event }: { event: string }) => event),
    ['CANCEL_REQUESTED', 'CANCELLED', 'RETRIED'],
  )
})

test('tasks are filtered by state, output, license and when they were created, for their organization alone', async () => {
  const [owner, other] = [await newCustomer(), await newCustomer()]
  const { result: first } = await call(owner, 'POST', '', owner.body)
  const elsewhere = { ...owner.body, output: { ...owner.body.output, outputPath: 'elsewhere' } }
  const { result: second } = await call(owner, 'POST', '', elsewhere)
  await owner.scope
    .updateTable('export_tasks')
    .set({ status: 'FINISHED', created_at: new Date('2026-03-10T11:00:00Z') })
    .where('id', '=', second.id)
    .execute()
  const idsFor = async (customer: Customer, query: string) => {
    const { result } = await call(customer, 'GET', `?${query}`)
    return result.items.map(({ id }: { id: string }) => id)
  }
  assert.deepEqual((await call(owner, 'GET', '?state=NEVER')).status, 400)
  assert.deepEqual(await idsFor(other, `outputId=${first.output.outputId}`), [])
  assert.deepEqual(await idsFor(owner, 'outputId=none'), [])
  assert.deepEqual(await idsFor(owner, `licenseKey=${other.body.licenseKey}`), [])
  assert.deepEqual(await idsFor(owner, `licenseKey=${first.licenseKey}`), [first.id, second.id])
  assert.deepEqual(await idsFor(owner, 'state=FINISHED'), [second.id])
  assert.deepEqual(await idsFor(owner, 'createdFrom=2026-03-10T11:30:00Z'), [first.id])
  assert.deepEqual(await idsFor(owner, 'createdTo=2026-03-10T11:30:00Z'), [second.id])
  const { result: page } = await call(owner, 'GET', `?state=QUEUED&limit=1`)
  assert.equal(page.totalCount, 1)
})

test('a worker shows itself and what it is at until it ends, and one that is silent is not alive', async () => {
  const { scope, body } = await newCustomer()
  const customer = { scope, body }
  const { result: task } = await call(customer, 'POST', '', body)
  const onFault = (error: unknown) => assert.fail(String(error))
  const presence = announceWorker({ database, clock, onFault }, 2)
  const find = async (now: Date) =>
    (await listWorkers(database, now)).find(({ id }) => id === presence.id)
  while ((await find(clock.now())) === undefined);
  const of = { now: clock.now(), leaseMs: 90_000, workerId: presence.id }
  for (let claimed = await claimTask(database, of); claimed?.id !== task.id; )
    claimed = await claimTask(database, of)
  const shown = await find(clock.now())
  assert.deepEqual([shown?.isAlive, shown?.concurrency], [true, 2])
  assert.ok(
    shown?.tasks.some(
      (held) => held.id === task.id && held.organizationId === scope.organizationId,
    ),
  )
  assert.equal((await find(new Date(clock.now().getTime() + 31_000)))?.isAlive, false)
  await presence.end()
  assert.equal(await find(clock.now()), undefined)
})

test('what an export would hold and meet is told before it is started, and nothing is stored', async () => {
  const [owner, other] = [await newCustomer(), await newCustomer()]
  const foreign = await call(other, 'POST', '/estimate', { ...owner.body })
  assert.equal(foreign.status, 404)
  const wrong = { ...owner.body, endTime: owner.body.startTime, columns: ['none'] }
  const refused = await call(owner, 'POST', '/estimate', wrong)
  assert.deepEqual([refused.status, fieldsOf(refused)], [400, ['columns', 'endTime']])

  const { status, result } = await call(owner, 'POST', '/estimate', owner.body)
  assert.equal(status, 200)
  assert.deepEqual([result.rows, result.files, result.hours.length], [100, 25, 24])
  assert.deepEqual(result.hours[3], {
    startTime: '2026-03-09T03:00:00.000Z',
    endTime: '2026-03-09T04:00:00.000Z',
    ...{ objectKey: 'day/2026-03-09-03-00.csv', rows: 100, isClosed: true },
  })
  assert.equal(result.manifestKey, 'day/manifest-<task id>.json')
  assert.deepEqual(result.formats, [
    { fileFormat: 'CSV', compression: 'NONE', bytes: 1000, measuredBy: 'NEWEST_ROWS' },
    { fileFormat: 'PARQUET', compression: 'ZSTD', bytes: 1000, measuredBy: 'NEWEST_ROWS' },
  ])
  assert.deepEqual(
    result.problems.map(({ code }: { code: string }) => code),
    ['SAMPLES_EXPIRED'],
  )
  assert.equal((await call(owner, 'GET', '')).result.totalCount, 0)

  const { result: task } = await call(owner, 'POST', '', owner.body)
  const at = clock.now()
  await owner.scope
    .updateTable('export_files')
    .set({ claimed_at: at, delivered_at: at, row_count: 10, bytes: 30, sha256: 's', md5: 'm' })
    .where('task_id', '=', task.id)
    .execute()
  const again = await call(owner, 'POST', '/estimate', owner.body)
  assert.deepEqual(again.result.formats[0], {
    ...{ fileFormat: 'CSV', compression: 'NONE', bytes: 300, measuredBy: 'DELIVERED_FILES' },
  })
  const taken = await call(owner, 'POST', '/estimate', { ...owner.body, columns: ['time'] })
  assert.deepEqual(taken.result.problems.at(-1).code, 'CONFLICT')
})
