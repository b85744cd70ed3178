import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Database } from '#database'
import { OutputError } from '#errors'
import { cancelExportTask, retryExportTask } from '#exports'
import { createVirtualLicense, deleteVirtualLicense } from '#licenses'
import { openTestDatabase } from '#testing'
import { claimSchedule, updateClaimed } from './claim.ts'
import { readLate } from './late.ts'
import { lookAt } from './look.ts'
import { startSchedules } from './start-schedules.ts'
import { openTestWorld, type TestWorld } from './test-world.ts'

type Customer = Awaited<ReturnType<TestWorld['newCustomer']>>

let directory: string
let database: Database
let world: TestWorld
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-schedules-'))
  database = await openTestDatabase({ dataDirectory: directory })
  world = await openTestWorld(database, directory)
})
after(async () => {
  await world.close()
  await database.close()
  await rm(directory, { recursive: true })
})
beforeEach(async () => {
  world.put.fails = undefined
  world.objects.clear()
  world.time.now = new Date('2026-03-01T10:00:10Z')
  world.time.watermark = new Date('2026-03-01T10:00:00Z')
  // what the test before left is not looked at any more
  await world.database.db.updateTable('export_schedules').set({ status: 'PAUSED' }).execute()
})

test('a second organization gets NOT_FOUND for each verb, in the words for what never was', async () => {
  const [owner, other] = [await world.newCustomer(), await world.newCustomer()]
  const { id } = await owner.create()
  const unknown = randomUUID()
  const wordsFor = async (asked: string, verb: Parameters<typeof other.call>) => {
    const { status, message } = await other.call(...verb)
    assert.equal(status, 404, `${verb[0]} ${verb[1]}`)
    assert.ok(message.includes(asked))
    return message.replaceAll(asked, 'ID')
  }
  const verbs = (id: string): Parameters<typeof other.call>[] => [
    ['GET', `/${id}`],
    ['PATCH', `/${id}`, { name: 'mine' }],
    ['DELETE', `/${id}`],
    ['POST', `/${id}/pause`],
    ['POST', `/${id}/resume`],
    ['POST', `/${id}/backfill`, { startTime: '2026-02-01T00:00:00Z' }],
    ['GET', `/${id}/hours`],
  ]
  for (const [at, verb] of verbs(id).entries())
    assert.equal(await wordsFor(id, verb), await wordsFor(unknown, verbs(unknown)[at] ?? verb))
  const { licenseKey, output } = owner.body
  for (const [asked, changes] of [
    [licenseKey, { licenseKey }],
    [output.outputId, { output }],
  ] as const)
    await wordsFor(asked, ['POST', '', { ...other.body, ...changes }])
  assert.equal((await other.call('GET', '')).result.totalCount, 0)
  assert.equal((await owner.call('GET', `/${id}`)).result.name, 'web')
})

test('mistakes of form and of meaning come in one answer, each with its field', async () => {
  const customer = await world.newCustomer()
  const answer = await customer.call('POST', '', {
    frequency: 'WEEKLY',
    licenseKey: 5,
    columns: ['no_such'],
    fileFormat: 'PARQUET',
    compression: 'GZIP',
    layout: 'DEEP',
    startTime: '2020-01-01T00:00:00Z',
    output: { outputPath: '../other' },
  })
  assert.equal(answer.status, 400)
  assert.deepEqual(answer.details.map(({ field }: { field: string }) => field).sort(), [
    'columns',
    'compression',
    'frequency',
    'layout',
    'licenseKey',
    'name',
    'output.outputId',
    'output.outputPath',
    'startTime',
  ])
})

test('a schedule comes back as it was asked for, with the defaults said, and begins with the current hour', async () => {
  const customer = await world.newCustomer()
  const { id, ...members } = await customer.create()
  assert.deepEqual(members, {
    name: 'web',
    frequency: 'HOURLY',
    licenseKey: customer.body.licenseKey,
    type: 'SESSIONS',
    columns: ['time'],
    fileFormat: 'CSV',
    compression: 'NONE',
    layout: 'FLAT',
    output: { ...customer.body.output, overwriteLatest: false },
    status: 'ACTIVE',
    startTime: '2026-03-01T10:00:00.000Z',
    plannedUntil: '2026-03-01T10:00:00.000Z',
    completeUntil: '2026-03-01T10:00:00.000Z',
    nextWindows: [10, 11, 12].map((hour) => ({
      startTime: `2026-03-01T${hour}:00:00.000Z`,
      endTime: `2026-03-01T${hour + 1}:00:00.000Z`,
    })),
    expiredHours: 0,
    createdAt: '2026-03-01T10:00:10.000Z',
    modifiedAt: '2026-03-01T10:00:10.000Z',
  })
  const renamed = await customer.call('PATCH', `/${id}`, { name: 'all', description: 'of it' })
  assert.deepEqual([renamed.result.name, renamed.result.description], ['all', 'of it'])
  assert.deepEqual((await customer.call('GET', '')).result.items, [renamed.result])
  assert.equal((await customer.call('DELETE', `/${id}`)).status, 200)
  assert.equal((await customer.call('GET', `/${id}`)).status, 404)
})

test('an hour is exported when it is closed and not before, with a row from then on', async () => {
  const customer = await world.newCustomer()
  const { id } = await customer.create()
  await world.lookAfter(3600) // the hour is over, and the store has not closed it
  assert.deepEqual(await customer.hours(id), [])
  await world.closeUntil('01T11:00')
  assert.deepEqual(await customer.hours(id), ['01T10:00 1 QUEUED'])
  const { result } = await customer.call('GET', `/${id}/hours`)
  assert.equal(result.items[0].objectKey, 'web/2026-03-01-10-00.csv')
  const { start_time, end_time, name } = await customer.scope
    .selectFrom('export_tasks')
    .selectAll()
    .where('id', '=', result.items[0].exportTaskId)
    .executeTakeFirstOrThrow()
  assert.deepEqual(
    [start_time.toISOString(), end_time.toISOString(), name],
    ['2026-03-01T10:00:00.000Z', '2026-03-01T11:00:00.000Z', 'web 2026-03-01T10:00Z'],
  )
})

test('after an outage every hour has a row at once, and is exported in order, two at a time', async () => {
  const customer = await world.newCustomer()
  const { id } = await customer.create()
  await world.closeUntil('01T15:00')
  const all = (...statuses: string[]) =>
    statuses.map((status, at) => `01T${10 + at}:00 1 ${status}`)
  assert.deepEqual(
    await customer.hours(id),
    all('QUEUED', 'QUEUED', 'WAITING', 'WAITING', 'WAITING'),
  )
  await world.lookAfter(10) // nothing has ended meanwhile
  assert.deepEqual(
    await customer.hours(id),
    all('QUEUED', 'QUEUED', 'WAITING', 'WAITING', 'WAITING'),
  )
  await customer.finish()
  await world.lookAfter(10)
  assert.deepEqual(
    await customer.hours(id),
    all('FINISHED', 'FINISHED', 'QUEUED', 'QUEUED', 'WAITING'),
  )
  await customer.finish()
  await world.lookAfter(10)
  await customer.finish()
  await world.lookAfter(10)
  const { result } = await customer.call('GET', `/${id}`)
  assert.equal(result.completeUntil, '2026-03-01T15:00:00.000Z')
  assert.equal(result.lateSince, undefined)
})

test('a paused schedule makes no tasks, and goes on with the first hour that it missed', async () => {
  const customer = await world.newCustomer()
  const { id } = await customer.create()
  assert.equal((await customer.call('POST', `/${id}/pause`)).result.status, 'PAUSED')
  await world.closeUntil('01T12:00')
  assert.deepEqual(await customer.hours(id), [])
  assert.equal((await customer.call('POST', `/${id}/resume`)).result.status, 'ACTIVE')
  await world.look()
  assert.deepEqual(await customer.hours(id), ['01T10:00 1 QUEUED', '01T11:00 1 QUEUED'])
})

test('two processes on one schedule export no hour twice and none not at all', async () => {
  const customer = await world.newCustomer()
  const { id } = await customer.create()
  world.time.watermark = new Date('2026-03-02T10:00:00Z')
  await using _one = startSchedules(world.parts, { pollMs: 1 })
  await using _two = startSchedules(world.parts, { pollMs: 1 })
  for (;;) {
    await turn() // on PGlite, queries alone let no other loop run
    world.time.now = new Date(world.time.now.getTime() + 1_000)
    await customer.finish()
    const hours = await customer.hours(id)
    if (hours.length === 24 && hours.every((hour) => hour.endsWith('FINISHED'))) break
  }
  const tasks = await customer.scope.selectFrom('export_tasks').select('start_time').execute()
  assert.equal(tasks.length, 24)
  assert.equal(new Set(tasks.map(({ start_time }) => start_time.getTime())).size, 24)
})

test('a bucket that does not answer keeps the hours of no other schedule waiting', async () => {
  const slow = await world.newCustomer()
  await slow.create({ output: { ...slow.body.output, overwriteLatest: true } })
  await world.closeUntil('01T11:00')
  await slow.finish()
  const other = await world.newCustomer()
  const { id } = await other.create({ startTime: '2026-03-01T10:00:00Z' })
  const asked = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  world.time.now = new Date(world.time.now.getTime() + 10_000)
  const openBucket: typeof world.parts.openBucket = async (...asking) => {
    asked.resolve()
    await answered.promise
    return world.parts.openBucket(...asking)
  }
  await using _schedules = startSchedules({ ...world.parts, openBucket }, { pollMs: 1 })
  await asked.promise
  while ((await other.hours(id)).length === 0) await turn()
  answered.resolve()
})

/** While a look puts latest.json: an hour of the schedule has just been delivered. */
async function duringLook(during: (id: string, customer: Customer) => Promise<unknown>) {
  world.time.now = new Date('2026-03-01T10:00:10Z')
  const customer = await world.newCustomer()
  const output = { ...customer.body.output, overwriteLatest: true }
  const { id } = await customer.create({ output })
  await world.closeUntil('01T11:00')
  await customer.finish()
  world.put.during = () => during(id, customer)
  await world.lookAfter(10)
  assert.equal(world.put.during, undefined)
  return { id, customer }
}

test('what is asked for while a look is under way comes at once after it', async () => {
  const asked = { startTime: '2026-03-01T08:00:00Z', endTime: '2026-03-01T09:00:00Z' }
  const { id, customer } = await duringLook((id, { call }) =>
    call('POST', `/${id}/backfill`, asked),
  )
  assert.deepEqual(await customer.hours(id), ['01T08:00 1 QUEUED', '01T10:00 1 FINISHED'])
  const resumed = await duringLook(async (id, { call }) => {
    await call('POST', `/${id}/pause`)
    world.time.watermark = new Date('2026-03-01T12:00:00Z')
    await call('POST', `/${id}/resume`)
  })
  assert.equal((await resumed.customer.hours(resumed.id)).at(-1), '01T11:00 1 QUEUED')
})

test('a schedule that is paused, or deleted, while a look is under way stays so', async () => {
  const paused = await duringLook((id, { call }) => call('POST', `/${id}/pause`))
  const deleted = await duringLook((id, { call }) => call('DELETE', `/${id}`))
  await world.closeUntil('01T12:00')
  assert.equal((await paused.customer.call('GET', `/${paused.id}`)).result.status, 'PAUSED')
  assert.equal((await deleted.customer.call('GET', `/${deleted.id}`)).status, 404)
  for (const { customer } of [paused, deleted]) {
    const tasks = await customer.scope.selectFrom('export_tasks').select('id').execute()
    assert.equal(tasks.length, 1)
  }
})

test('a process that has lost a schedule to another one changes nothing of it any more', async () => {
  const customer = await world.newCustomer()
  await customer.create()
  const claimed = await claimSchedule(world.database, world.time.now)
  assert(claimed)
  world.time.watermark = new Date('2026-03-01T11:00:00Z')
  world.time.now = new Date('2026-03-01T11:10:00Z')
  const other = await claimSchedule(world.database, world.time.now)
  assert.equal(other?.id, claimed.id)
  const read = () => customer.scope.selectFrom('export_schedules').selectAll().execute()
  const before = await read()
  const { scope } = customer
  const signal = new AbortController().signal
  await lookAt(world.parts, { scope, claimed, random: 0, signal })
  await updateClaimed(scope, claimed, { complete_until: world.time.now })
  assert.deepEqual(await read(), before)
  assert.deepEqual(await customer.hours(claimed.id), [])
  await lookAt(world.parts, { scope, claimed: other, random: 0, signal })
  assert.deepEqual(await customer.hours(claimed.id), ['01T10:00 1 QUEUED'])
})

test('a process that has died with a schedule keeps it from the others for minutes only', async () => {
  const customer = await world.newCustomer()
  const { id } = await customer.create()
  world.time.now = new Date('2026-03-01T11:00:00Z')
  assert.equal((await claimSchedule(world.database, world.time.now))?.id, id)
  await world.closeUntil('01T11:00')
  assert.deepEqual(await customer.hours(id), [])
  await world.lookAfter(300)
  assert.deepEqual(await customer.hours(id), ['01T10:00 1 QUEUED'])
})

test('an hour whose task has failed stays in sight, others go on, and a backfill asks for it again', async () => {
  const customer = await world.newCustomer()
  const { id } = await customer.create()
  await world.closeUntil('01T11:00')
  await customer.finish('ERROR')
  await world.closeUntil('01T12:00')
  await customer.finish()
  await world.closeUntil('01T12:30')
  assert.deepEqual(await customer.hours(id), ['01T10:00 1 ERROR', '01T11:00 1 FINISHED'])
  const schedule = (await customer.call('GET', `/${id}`)).result
  assert.equal(schedule.completeUntil, '2026-03-01T10:00:00.000Z')
  assert.equal(schedule.lateSince, '2026-03-01T12:00:10.000Z')
  const { result } = await customer.call('GET', `/${id}/hours`)
  assert.equal(result.items[1].error.code, 'ROLE_NOT_ASSUMABLE')
  const backfill = await customer.call('POST', `/${id}/backfill`, {
    startTime: result.items[1].startTime,
  })
  assert.deepEqual(backfill.result, {
    startTime: '2026-03-01T10:00:00.000Z',
    endTime: '2026-03-01T12:00:00.000Z',
    hours: 1,
  })
  const again = await customer.call('POST', `/${id}/backfill`, {
    startTime: result.items[1].startTime,
  })
  assert.equal(again.result.hours, 0)
  assert.deepEqual(await customer.hours(id), ['01T10:00 1 WAITING', '01T11:00 1 FINISHED'])
  await world.look()
  const { result: asked } = await customer.call('GET', `/${id}/hours`)
  const { status, exportTaskId, error } = asked.items[1]
  assert.deepEqual(
    [status, exportTaskId, error],
    ['QUEUED', result.items[1].exportTaskId, undefined], // the same task: it delivers what is missing
  )
  await customer.finish()
  await world.lookAfter(10)
  const mended = (await customer.call('GET', `/${id}`)).result
  assert.deepEqual(
    [mended.completeUntil, mended.lateSince],
    ['2026-03-01T12:00:00.000Z', undefined],
  )
})

test('hours that are asked for again are retried two at a time, whoever retried one meanwhile', async () => {
  const customer = await world.newCustomer()
  const { id } = await customer.create()
  for (const hour of ['01T12:00', '01T14:00']) {
    await world.closeUntil(hour)
    await customer.finish('ERROR')
  }
  await customer.call('POST', `/${id}/backfill`, { startTime: '2026-03-01T10:00:00Z' })
  const { result } = await customer.call('GET', `/${id}/hours`)
  await retryExportTask(customer.scope, result.items[3].exportTaskId) // 10:00
  await world.look()
  const hours = (...statuses: string[]) =>
    statuses.map((status, hour) => `01T1${hour}:00 1 ${status}`)
  assert.deepEqual(await customer.hours(id), hours('QUEUED', 'WAITING', 'WAITING', 'WAITING'))
})

test('a cancelled task’s hour says so, and how to go on', async () => {
  const customer = await world.newCustomer()
  const { id } = await customer.create()
  await world.closeUntil('01T11:00')
  const { result } = await customer.call('GET', `/${id}/hours`)
  await cancelExportTask(customer.scope, result.items[0].exportTaskId)
  const { result: after } = await customer.call('GET', `/${id}/hours`)
  const { status, error } = after.items[0]
  assert.deepEqual([status, error.code], ['ERROR', 'CANCELLED'])
  assert.match(error.remedy, /exports retry/)
})

test('hours whose samples expired before they were delivered are EXPIRED, told, and keep nothing back', async () => {
  const customer = await world.newCustomer()
  const told = await customer.tellOf('export_schedule.expired')
  const output = { ...customer.body.output, overwriteLatest: true }
  const { id } = await customer.create({ output })
  await customer.store(['01T10:00', '01T11:00', '01T12:00'], '2026-03-01T20:00:00Z')
  await world.closeUntil('01T11:00')
  await customer.finish('ERROR')
  await world.closeUntil('01T12:00')
  await customer.finish()
  await customer.call('POST', `/${id}/pause`)
  world.time.now = new Date('2026-03-01T20:00:00Z')
  world.time.watermark = new Date('2026-03-01T14:00:00Z')
  await customer.call('POST', `/${id}/resume`)
  await world.look()
  await customer.finish()
  await world.lookAfter(10)
  assert.deepEqual(await customer.hours(id), [
    '01T10:00 1 EXPIRED',
    '01T11:00 1 FINISHED',
    '01T12:00 1 EXPIRED',
    '01T13:00 1 FINISHED',
  ])
  const { result } = await customer.call('GET', `/${id}/hours`)
  assert.equal(result.items[3].error.code, 'SAMPLES_EXPIRED')
  const schedule = (await customer.call('GET', `/${id}`)).result
  assert.deepEqual([schedule.completeUntil, schedule.expiredHours], ['2026-03-01T14:00:00.000Z', 2])
  const latest = JSON.parse(world.objects.get('web/latest.json') ?? '{}')
  const expired = ['10', '12'].map((hour) => ({
    start: `2026-03-01T${hour}:00:00.000Z`,
    end: `2026-03-01T${Number(hour) + 1}:00:00.000Z`,
  }))
  assert.deepEqual(
    [latest.completeUntil, latest.expiredHours, latest.expired],
    [schedule.completeUntil, 2, expired],
  )
  assert.match(latest.manifest, new RegExp(result.items[0].exportTaskId))
  assert.deepEqual(
    (await told()).map(({ startTime, endTime }) => ({ start: startTime, end: endTime })),
    expired,
  )
  const asked = { startTime: '2026-03-01T10:00:00Z' }
  assert.equal((await customer.call('POST', `/${id}/backfill`, asked)).result.hours, 0)
  const calendar = `/../outputs/s3-role-based/${output.outputId}/hours`
  const query = 'start=2026-03-01T10:00:00Z&end=2026-03-01T13:00:00Z'
  const { hours } = (await customer.call('GET', `${calendar}?${query}`)).result
  assert.deepEqual([hours[0].status, hours[2].status], ['EXPIRED', 'EXPIRED'])
})

test('of a day that lost hours the others are delivered, in tasks of their own', async () => {
  const customer = await world.newCustomer()
  const { id } = await customer.create({ frequency: 'DAILY' })
  await customer.store(['01T00:00', '01T01:00', '01T05:00'], '2026-03-02T12:00:00Z')
  await world.closeUntil('02T00:00')
  await customer.finish('ERROR', 1) // one file was delivered
  world.time.now = new Date('2026-03-02T12:00:00Z')
  await world.lookAfter(600)
  const statuses = async () =>
    (await customer.hours(id)).map((hour) => hour.replace(/^01T0?(\d+):00 1/, '$1'))
  const between = (from: number, to: number, status: string) =>
    Array.from({ length: to - from }, (_, hour) => `${from + hour} ${status}`)
  const rest = (status: string) => [
    ...between(2, 5, status),
    '5 EXPIRED',
    ...between(6, 24, status),
  ]
  assert.deepEqual(await statuses(), ['0 EXPIRED', '1 EXPIRED', ...rest('QUEUED')])
  const tasks = await customer.scope
    .selectFrom('export_tasks')
    .select(['start_time', 'end_time', 'overwrite'])
    .where('status', '=', 'QUEUED')
    .orderBy('start_time')
    .execute()
  assert.deepEqual(
    tasks.map((task) => [
      task.start_time.getUTCHours(),
      task.end_time.getUTCHours(),
      task.overwrite,
    ]),
    [
      [2, 5, false],
      [6, 0, false],
    ],
  )
  await customer.finish()
  await world.lookAfter(10)
  const schedule = (await customer.call('GET', `/${id}`)).result
  assert.deepEqual([schedule.completeUntil, schedule.expiredHours], ['2026-03-02T00:00:00.000Z', 3])
})

test('a license that is gone leaves no hour out: each says why it has no task', async () => {
  const customer = await world.newCustomer()
  const virtual = await createVirtualLicense(customer.scope, {
    name: 'all',
    timeZone: 'Europe/Vienna',
    licenses: [{ licenseKey: customer.body.licenseKey }],
    customDataFieldLabels: {},
  })
  const { id } = await customer.create({ licenseKey: virtual.id })
  await deleteVirtualLicense(customer.scope, virtual.id)
  await world.closeUntil('01T11:00')
  const { result } = await customer.call('GET', `/${id}/hours`)
  assert.equal(result.items[0].status, 'ERROR')
  assert.match(result.items[0].error.message, new RegExp(virtual.id))
})

test('a schedule of days whose license is gone can be read all the same, and so can its output’s hours', async () => {
  const customer = await world.newCustomer()
  const virtual = await createVirtualLicense(customer.scope, {
    name: 'all',
    timeZone: 'Europe/Vienna',
    licenses: [{ licenseKey: customer.body.licenseKey }],
    customDataFieldLabels: {},
  })
  const { id } = await customer.create({ licenseKey: virtual.id, frequency: 'DAILY' })
  await deleteVirtualLicense(customer.scope, virtual.id)
  const read = await customer.call('GET', `/${id}`)
  assert.deepEqual([read.status, read.result.nextWindows.length > 0], [200, true])
  const calendar = `/../outputs/s3-role-based/${customer.body.output.outputId}/hours`
  const query = 'start=2026-03-01T09:00:00Z&end=2026-03-01T10:00:00Z'
  const { status, result } = await customer.call('GET', `${calendar}?${query}`)
  assert.deepEqual([status, result.hours[0].status], [200, 'WAITING'])
})

test('a schedule of ads, and of a virtual license in its own days, makes such tasks', async () => {
  const customer = await world.newCustomer()
  const virtual = await createVirtualLicense(customer.scope, {
    name: 'all',
    timeZone: 'Europe/Vienna',
    licenses: [{ licenseKey: customer.body.licenseKey }],
    customDataFieldLabels: {},
  })
  const ads = { type: 'ADS', columns: ['time', 'adImpressionId'] }
  const daily = { licenseKey: virtual.id, frequency: 'DAILY', ...ads }
  const { id, startTime } = await customer.create(daily)
  assert.equal(startTime, '2026-02-28T23:00:00.000Z')
  await world.closeUntil('01T23:00')
  const tasks = await customer.scope.selectFrom('export_tasks').selectAll().execute()
  assert.deepEqual(
    tasks.map(({ type, columns, license_key, license_keys }) => [
      type,
      columns,
      license_key,
      license_keys,
    ]),
    [['ADS', ['time', 'ad_impression_id'], virtual.id, [customer.body.licenseKey]]],
  )
  assert.equal((await customer.hours(id)).length, 24)
})

test('that a schedule is late is counted and told once, not at each look', async () => {
  const customer = await world.newCustomer()
  const { scope } = customer
  const told = await customer.tellOf('export_schedule.late')
  const { id } = await customer.create()
  const countLate = async () => {
    const { values } = (await world.parts.telemetry.registry
      .getSingleMetric('sluice_export_schedule_events_total')
      ?.get()) ?? { values: [] }
    return values.find(({ labels }) => labels.event === 'late')?.value ?? 0
  }
  const before = await countLate()
  await world.closeUntil('01T11:00')
  assert.equal(await countLate(), before)
  for (const seconds of [3700, 10, 10]) await world.lookAfter(seconds)
  assert.equal(await countLate(), before + 1)
  assert.deepEqual(await told(), [
    {
      organizationId: scope.organizationId,
      exportScheduleId: id,
      startTime: '2026-03-01T10:00:00.000Z',
      endTime: '2026-03-01T11:00:00.000Z',
    },
  ])
})

test('a window that turns late is told while an earlier one is late still, each once', async () => {
  const customer = await world.newCustomer()
  const told = await customer.tellOf('export_schedule.late')
  await customer.create()
  await world.closeUntil('01T11:00')
  await customer.finish('ERROR')
  await world.closeUntil('01T12:00') // 10:00 is late
  await customer.finish()
  await world.closeUntil('01T13:00')
  for (const seconds of [3700, 10]) await world.lookAfter(seconds) // 12:00 is late
  for (const seconds of [2 * 3600, 10]) await world.lookAfter(seconds) // and what the store has not closed
  assert.deepEqual(
    (await told()).map(
      ({ startTime, endTime }) => `${startTime.slice(11, 16)} ${endTime.slice(11, 16)}`,
    ),
    ['10:00 11:00', '12:00 13:00', '13:00 15:00'],
  )
})

test('a late schedule is counted for as long as it is late, by what keeps each hour from the bucket', async () => {
  const [customer, other] = [await world.newCustomer(), await world.newCustomer()]
  await customer.create()
  const late = async () =>
    (await readLate(database, world.time.now))
      .map(({ code, count, since }) => [code, count, since.toISOString().slice(11, 16)])
      .sort()
  await world.closeUntil('01T11:00')
  await customer.finish('ERROR')
  await world.closeUntil('01T12:00')
  assert.deepEqual(await late(), [['ROLE_NOT_ASSUMABLE', 1, '12:00']])
  await other.create({ startTime: '2026-03-01T10:00:00Z' })
  await world.closeUntil('01T13:00')
  assert.deepEqual(await late(), [
    ['', 2, '12:00'],
    ['ROLE_NOT_ASSUMABLE', 1, '12:00'],
  ])
  await customer.finish()
  await other.finish()
  await world.lookAfter(60)
  assert.deepEqual(await late(), [['ROLE_NOT_ASSUMABLE', 1, '12:00']])
  const [failed] = await customer.scope
    .selectFrom('export_tasks')
    .select('id')
    .where('status', '=', 'ERROR')
    .execute()
  await retryExportTask(customer.scope, failed?.id ?? '')
  assert.deepEqual(await late(), [['', 1, '12:00']])
  await cancelExportTask(customer.scope, failed?.id ?? '')
  assert.deepEqual(await late(), [['CANCELLED', 1, '12:00']])
  await retryExportTask(customer.scope, failed?.id ?? '')
  await customer.finish()
  assert.deepEqual(await late(), [])
})

test('a schedule is late too while its hours are not even closed', async () => {
  const customer = await world.newCustomer()
  await customer.create()
  await world.lookAfter(3 * 3600)
  const [{ code, count } = { code: undefined, count: 0 }] = await readLate(database, world.time.now)
  assert.deepEqual([code, count], ['', 1])
})

test('hours that no task can be made for are ERROR and say why: none is skipped', async () => {
  const customer = await world.newCustomer()
  const { id } = await customer.create()
  const told = await customer.tellOf('export_schedule.failed')
  const deleted = { deleted_at: world.time.now }
  await customer.scope.updateTable('outputs').set(deleted).execute()
  await world.closeUntil('01T11:00')
  const { result } = await customer.call('GET', `/${id}/hours`)
  assert.equal(result.items[0].status, 'ERROR')
  assert.match(result.items[0].error.message, new RegExp(customer.body.output.outputId))
  assert.match(result.items[0].error.remedy, /backfill/)
  await world.lookAfter(600)
  const { organizationId } = customer.scope
  const { startTime, endTime } = result.items[0]
  assert.deepEqual(await told(), [
    { organizationId, exportScheduleId: id, startTime, endTime, code: 'NOT_FOUND' },
  ])
  assert.equal(
    (await customer.call('GET', `/${id}`)).result.completeUntil,
    '2026-03-01T10:00:00.000Z',
  )
})

test('hours before the start come by backfill, once, and after the schedule’s own', async () => {
  const customer = await world.newCustomer()
  const { id } = await customer.create()
  const asked = { startTime: '2026-03-01T07:30:00Z', endTime: '2026-03-01T08:30:00Z' }
  await world.closeUntil('01T11:00')
  const backfill = async () => (await customer.call('POST', `/${id}/backfill`, asked)).result
  assert.deepEqual(await backfill(), {
    startTime: '2026-03-01T07:00:00.000Z',
    endTime: '2026-03-01T09:00:00.000Z',
    hours: 2,
  })
  assert.equal((await backfill()).hours, 0)
  await world.closeUntil('01T12:00')
  assert.deepEqual(await customer.hours(id), [
    '01T07:00 1 WAITING',
    '01T08:00 1 WAITING',
    '01T10:00 1 QUEUED',
    '01T11:00 1 QUEUED',
  ])
  for (const [startTime, field] of [
    ['2026-03-01T13:00:00Z', 'startTime'],
    ['2025-11-01T00:00:00Z', 'endTime'],
  ]) {
    const refused = await customer.call('POST', `/${id}/backfill`, { startTime })
    assert.deepEqual([refused.status, refused.details[0].field], [400, field])
  }
})

test('a backfill of a schedule that begins in the future asks for no hour that is open', async () => {
  const customer = await world.newCustomer()
  const { id } = await customer.create({ startTime: '2026-03-20T00:00:00Z' })
  const backfill = (startTime: string) => customer.call('POST', `/${id}/backfill`, { startTime })
  assert.deepEqual((await backfill('2026-03-01T08:00:00Z')).result, {
    startTime: '2026-03-01T08:00:00.000Z',
    endTime: '2026-03-01T10:00:00.000Z',
    hours: 2,
  })
  const refused = await backfill('2026-03-01T10:00:00Z')
  assert.deepEqual([refused.status, refused.details[0].field], [400, 'startTime'])
})

test('a backfill of days leaves no hour out, after the license’s time zone has changed too', async () => {
  const customer = await world.newCustomer('Europe/Vienna')
  const { id } = await customer.create({ frequency: 'DAILY' })
  const { scope } = customer
  await scope.updateTable('licenses').set({ time_zone: 'UTC' }).execute()
  const asked = { startTime: '2026-02-27T05:00:00Z' }
  const { result } = await customer.call('POST', `/${id}/backfill`, asked)
  assert.deepEqual(result, {
    startTime: '2026-02-27T00:00:00.000Z',
    endTime: '2026-02-28T23:00:00.000Z', // from there on it is the schedule's own
    hours: 47,
  })
  await world.look()
  await customer.finish()
  await world.lookAfter(10)
  const windows = async () => {
    const tasks = await scope.selectFrom('export_tasks').selectAll().orderBy('start_time').execute()
    return tasks.map((task) =>
      [task.start_time, task.end_time].map((at) => at.toISOString().slice(5, 16)),
    )
  }
  const first = [
    ['02-27T00:00', '02-28T00:00'],
    ['02-28T00:00', '02-28T23:00'],
    ['02-28T23:00', '03-01T00:00'], // the schedule's own
  ]
  assert.deepEqual(await windows(), first)
  await scope.updateTable('licenses').set({ time_zone: 'Europe/Vienna' }).execute()
  await customer.finish()
  const again = { startTime: '2026-02-27T05:00:00Z' }
  assert.equal((await customer.call('POST', `/${id}/backfill`, again)).result.hours, 1)
  await world.lookAfter(10)
  assert.deepEqual(await windows(), [['02-26T23:00', '02-27T00:00'], ...first])
})

test('other samples are found while the schedule is busy too, and come as a third file and of a day', async () => {
  const [hourly, daily] = [await world.newCustomer(), await world.newCustomer()]
  const { id } = await hourly.create()
  const day = await daily.create({ frequency: 'DAILY' })
  await world.closeUntil('01T11:00')
  await hourly.finish()
  await hourly.store(['01T10:00'], '2036-01-01T00:00:00Z', 2)
  await world.lookAfter(600)
  await world.lookAfter(10)
  await hourly.finish()
  await hourly.store(['01T10:00'], '2036-01-01T00:00:00Z', 3)
  await world.closeUntil('01T12:00') // its task goes on
  await world.lookAfter(600)
  assert.deepEqual((await hourly.hours(id)).slice(0, 3), [
    '01T10:00 1 FINISHED',
    '01T10:00 2 FINISHED',
    '01T10:00 3 QUEUED',
  ])
  await world.closeUntil('02T00:00')
  await daily.finish()
  await daily.store(['01T05:00'], '2036-01-01T00:00:00Z', 2)
  await world.lookAfter(600)
  await world.lookAfter(10)
  const { result } = await daily.call('GET', `/${day.id}/hours?limit=100`)
  assert.deepEqual(
    result.items
      .filter(({ number }: { number: number }) => number > 1)
      .map(({ status, objectKey }: { status: string; objectKey: string }) => [status, objectKey]),
    [['QUEUED', 'web/2026-03-01-05-00-r2.csv']],
  )
})

test('an hour that got other samples since has one more file, beside the first', async () => {
  const customer = await world.newCustomer()
  const { id } = await customer.create()
  await world.closeUntil('01T11:00')
  await customer.finish()
  const hour = (revision: number) => ({
    license_key: customer.body.licenseKey,
    type: 'SESSIONS' as const,
    hour: new Date('2026-03-01T10:00:00Z'),
    revision,
    stored_before: world.time.now,
    row_count: revision,
    duplicate_count: 0,
    checksum: '0',
    expires_at: new Date('2036-01-01T00:00:00Z'),
  })
  await world.database.db
    .insertInto('sample_hours')
    .values([hour(1), hour(2)])
    .execute()
  await world.lookAfter(600)
  await world.lookAfter(10)
  assert.deepEqual(await customer.hours(id), ['01T10:00 1 FINISHED', '01T10:00 2 QUEUED'])
  const { result } = await customer.call('GET', `/${id}/hours`)
  assert.equal(result.items[0].objectKey, 'web/2026-03-01-10-00-r2.csv')
  const schedule = (await customer.call('GET', `/${id}`)).result
  assert.equal(schedule.completeUntil, '2026-03-01T11:00:00.000Z')
})

test('latest.json follows what is in the bucket, and never goes back', async () => {
  const customer = await world.newCustomer()
  const output = { ...customer.body.output, overwriteLatest: true }
  const { id, latest } = await customer.create({ output, layout: 'HIVE' })
  assert.deepEqual(latest, { objectKey: 'web/_sluice/latest.json' })
  const read = () => JSON.parse(world.objects.get(latest.objectKey) ?? '{}')
  await world.closeUntil('01T11:00')
  assert.deepEqual(read(), {})
  await customer.finish()
  await world.lookAfter(10)
  const { result } = await customer.call('GET', `/${id}/hours`)
  assert.deepEqual(read(), {
    version: 1,
    scheduleId: id,
    licenseKey: customer.body.licenseKey,
    type: 'SESSIONS',
    frequency: 'HOURLY',
    fileFormat: 'CSV',
    compression: 'NONE',
    layout: 'HIVE',
    completeFrom: '2026-03-01T10:00:00.000Z',
    completeUntil: '2026-03-01T11:00:00.000Z',
    manifest: `web/_sluice/manifest-${result.items[0].exportTaskId}.json`,
    expiredHours: 0,
    expired: [],
  })
  await world.closeUntil('01T12:00')
  await customer.finish('ERROR')
  await world.closeUntil('01T13:00')
  await customer.finish()
  await world.lookAfter(10)
  assert.equal(read().completeUntil, '2026-03-01T11:00:00.000Z')
  await customer.call('POST', `/${id}/backfill`, { startTime: '2026-03-01T11:00:00Z' })
  await world.look()
  await customer.finish()
  await world.lookAfter(10)
  assert.equal(read().completeUntil, '2026-03-01T13:00:00.000Z')
  await customer.scope.updateTable('export_tasks').set({ status: 'QUEUED' }).execute() // of a backup, say
  await world.lookAfter(600)
  const { completeUntil } = (await customer.call('GET', `/${id}`)).result
  assert.deepEqual(
    [completeUntil, read().completeUntil],
    ['2026-03-01T10:00:00.000Z', '2026-03-01T13:00:00.000Z'],
  )
})

test('a bucket that does not let latest.json be overwritten stops nothing else, and the schedule says so', async () => {
  const customer = await world.newCustomer()
  const output = { ...customer.body.output, overwriteLatest: true }
  const { id } = await customer.create({ output })
  world.put.fails = new OutputError('OBJECT_EXISTS', 'web/latest.json cannot be overwritten.')
  await world.closeUntil('01T11:00')
  await customer.finish()
  await world.lookAfter(10)
  const late = (await customer.call('GET', `/${id}`)).result
  assert.equal(late.completeUntil, '2026-03-01T11:00:00.000Z')
  assert.deepEqual(
    [late.latest.completeUntil, late.latest.error.code],
    [undefined, 'OBJECT_EXISTS'],
  )
  world.put.fails = undefined
  await world.lookAfter(600)
  const { latest } = (await customer.call('GET', `/${id}`)).result
  assert.deepEqual(latest, { objectKey: 'web/latest.json', completeUntil: late.completeUntil })
})

test('two schedules do not keep one latest.json', async () => {
  const customer = await world.newCustomer()
  const output = { ...customer.body.output, overwriteLatest: true }
  const { id } = await customer.create({ output })
  const again = () => customer.call('POST', '', { ...customer.body, output })
  const { status, message } = await again()
  assert.equal(status, 409)
  assert.match(message, /bucket\/web\/latest.json/)
  await customer.call('DELETE', `/${id}`)
  assert.equal((await again()).status, 201)
})

test('a daily schedule exports a day of the license’s time zone in one task, of 23 hours in spring', async () => {
  const customer = await world.newCustomer('Europe/Vienna')
  world.time.now = new Date('2026-03-29T12:00:00Z')
  world.time.watermark = world.time.now
  const { id, startTime } = await customer.create({ frequency: 'DAILY' })
  assert.equal(startTime, '2026-03-28T23:00:00.000Z')
  await world.closeUntil('29T21:00')
  assert.deepEqual(await customer.hours(id), [])
  await world.closeUntil('29T22:00')
  const { result } = await customer.call('GET', `/${id}/hours?limit=100`)
  assert.equal(result.items.length, 23)
  assert.equal(
    new Set(result.items.map(({ exportTaskId }: { exportTaskId: string }) => exportTaskId)).size,
    1,
  )
  assert.equal(result.items[22].objectKey, 'web/2026-03-28-23-00.csv')
})

test('a day of 25 hours in autumn has a row and a file for each of them', async () => {
  const customer = await world.newCustomer('Europe/Vienna')
  world.time.now = new Date('2026-10-25T12:00:00Z')
  world.time.watermark = world.time.now
  const { id } = await customer.create({ frequency: 'DAILY' })
  world.time.now = new Date('2026-10-25T23:00:10Z')
  world.time.watermark = new Date('2026-10-25T23:00:00Z')
  await world.look()
  const { result } = await customer.call('GET', `/${id}/hours?limit=100`)
  const keys = result.items.map(({ objectKey }: { objectKey: string }) => objectKey)
  assert.deepEqual([keys.length, new Set(keys).size], [25, 25])
  assert.deepEqual([keys[24], keys[0]], ['web/2026-10-24-22-00.csv', 'web/2026-10-25-22-00.csv'])
})

test('the hours of an output tell what came, what failed, what is late and what nobody exports', async () => {
  const [owner, other] = [await world.newCustomer(), await world.newCustomer()]
  const { outputId } = owner.body.output
  const ask = async (customer: typeof owner, from: string, to: string, id = outputId) => {
    const query = `start=2026-03-${from}:00Z&end=2026-03-${to}:00Z`
    return customer.call('GET', `/../outputs/s3-role-based/${id}/hours?${query}`)
  }
  assert.equal((await ask(owner, '01T00:00', '01T00:00')).status, 400)
  const [theirs, never] = [
    await ask(other, '01T00:00', '02T00:00'),
    await ask(other, '01T00:00', '02T00:00', other.scope.organizationId),
  ]
  assert.deepEqual([theirs.status, never.status], [404, 404])
  assert.equal(
    theirs.message.replace(outputId, 'ID'),
    never.message.replace(other.scope.organizationId, 'ID'),
  )

  const { id, nextWindows } = await owner.create({ startTime: '2026-03-01T10:00:00Z' })
  assert.deepEqual(nextWindows[0], {
    startTime: '2026-03-01T10:00:00.000Z',
    endTime: '2026-03-01T11:00:00.000Z',
  })
  await world.closeUntil('01T11:00')
  await owner.finish()
  const at = world.time.now
  await owner.scope
    .updateTable('export_files')
    .set({ delivered_at: at, claimed_at: at, row_count: 7, bytes: 70, sha256: 's', md5: 'm' })
    .where('start_time', 'is not', null)
    .execute()
  await world.closeUntil('01T12:00')
  await owner.finish('ERROR')
  await world.closeUntil('01T13:00')
  world.time.now = new Date('2026-03-01T15:30:00Z')
  const { result } = await ask(owner, '01T09:00', '02T00:00')
  const shown = (hours: { startTime: string; status: string; rows: number }[]) =>
    hours.map(({ startTime, status, rows }) => `${startTime.slice(11, 13)} ${status} ${rows}`)
  assert.deepEqual(shown(result.hours), [
    '09 NONE 0',
    '10 DELIVERED 7',
    '11 FAILED 0',
    '12 LATE 0', // its task has not ended
    '13 LATE 0', // the store has not closed it
    '14 WAITING 0',
    '15 WAITING 0',
  ])
  assert.equal(result.hours[1].bytes, 70)
  assert.equal(result.hours[1].exportTaskIds.length, 1)
  await owner.call('POST', `/${id}/pause`)
  const paused = await ask(owner, '01T14:00', '01T15:00')
  assert.deepEqual(shown(paused.result.hours), ['14 MISSING 0'])
  assert.deepEqual((await owner.call('GET', `/${id}`)).result.nextWindows, [])
})
