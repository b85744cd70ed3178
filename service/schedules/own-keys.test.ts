import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import type { Database } from '#database'
import { TransientError } from '#errors'
import { cancelExportTask, createExportTask, retryExportTask } from '#exports'
import { openTestDatabase } from '#testing'
import { openTestWorld, type TestWorld } from './test-world.ts'

// What a schedule may replace in a bucket: what its own task has left there that could not be finished, and nothing
// else. Each test looks at the bytes.

let directory: string
let database: Database
let world: TestWorld
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-own-keys-'))
  database = await openTestDatabase({ dataDirectory: directory })
  world = await openTestWorld(database, directory)
})
after(async () => {
  await world.close()
  await database.close()
  await rm(directory, { recursive: true })
})
beforeEach(async () => {
  world.objects.clear()
  world.rows.of = () => 'rows'
  world.put.loses = undefined
  world.time.now = new Date('2026-03-01T10:00:10Z')
  world.time.watermark = new Date('2026-03-01T10:00:00Z')
  await database.db.updateTable('export_schedules').set({ status: 'PAUSED' }).execute()
})

const keyOf = (hour: number) => `web/2026-03-01-${`${hour}`.padStart(2, '0')}-00.csv`
const bytesOf = (hour: number) => world.objects.get(keyOf(hour))
const rowsOf = (hour: number, columns = 'time') =>
  `${columns} rows 2026-03-01T${`${hour}`.padStart(2, '0')}:00:00.000Z\n`

/** A schedule of days whose day is over. */
async function openDay() {
  const customer = await world.newCustomer()
  const { id } = await customer.create({ frequency: 'DAILY' })
  await world.closeUntil('02T00:00')
  const hours = async () => (await customer.call('GET', `/${id}/hours?limit=50`)).result.items
  return {
    customer,
    id,
    /** How an hour of the day is. */
    hour: async (hour: number) => (await hours()).toReversed()[hour],
    /** The samples of the day's last hour reach the end of their retention. */
    async expireLast(): Promise<void> {
      await customer.store(['01T23:00'], '2026-03-02T12:00:00Z')
      world.time.now = new Date('2026-03-02T12:00:00Z')
      await world.lookAfter(600)
    },
    /** A task with the schedule's path and format, of the same day and column unless the changes say other. */
    exportByHand: (changes: object = {}) =>
      createExportTask(customer.scope, {
        name: 'by hand',
        description: undefined,
        window: { start: new Date('2026-03-01T00:00:00Z'), end: new Date('2026-03-02T00:00:00Z') },
        licenseKey: customer.body.licenseKey,
        outputId: customer.body.output.outputId,
        outputPath: 'web',
        type: 'SESSIONS',
        overwrite: false,
        columns: ['time'],
        fileFormat: 'CSV',
        compression: 'NONE',
        layout: 'FLAT',
        fileNumber: 1,
        ...changes,
      }),
    async backfill(): Promise<void> {
      await customer.call('POST', `/${id}/backfill`, { startTime: '2026-03-01T00:00:00Z' })
      await world.look()
    },
  }
}

test('an object of somebody else stays as it is, when the rest of its day is exported anew', async () => {
  const day = await openDay()
  world.objects.set(keyOf(5), 'theirs')
  await world.work()
  const old = await day.hour(5)
  assert.deepEqual([old.status, old.error.code], ['ERROR', 'OBJECT_EXISTS'])
  await day.expireLast()
  assert.notEqual((await day.hour(5)).exportTaskId, old.exportTaskId)
  world.rows.of = () => 'other rows' // what is its own is replaced
  await world.work()
  assert.deepEqual([bytesOf(5), bytesOf(23)], ['theirs', undefined])
  assert.match(bytesOf(0) ?? '', /^time other rows/)
  assert.equal((await day.hour(5)).error.code, 'OBJECT_EXISTS')
  await assert.rejects(retryExportTask(day.customer.scope, old.exportTaskId), { code: 'CONFLICT' })
  world.objects.delete(keyOf(5))
  await day.backfill()
  await world.work()
  assert.deepEqual(
    [(await day.hour(5)).status, (await day.hour(23)).status],
    ['FINISHED', 'EXPIRED'],
  )
})

test('keys that another task has taken meanwhile keep its bytes, and the hours say whose they are', async () => {
  const day = await openDay()
  await day.customer.finish('ERROR') // before it sent anything
  const [start, end] = [new Date('2026-03-01T03:00:00Z'), new Date('2026-03-01T05:00:00Z')]
  const { id } = await day.exportByHand({ window: { start, end }, columns: ['impression_id'] })
  await world.work()
  await day.expireLast()
  await world.work()
  assert.equal(bytesOf(4), rowsOf(4, 'impression_id'))
  const { status, error } = await day.hour(0)
  assert.deepEqual([status, error.code], ['ERROR', 'CONFLICT'])
  assert.match(error.message, new RegExp(id))
})

test('an object that the manifest of another task names too is not replaced', async () => {
  const day = await openDay()
  const { scope } = day.customer
  const { exportTaskId: id } = await day.hour(0)
  await day.exportByHand() // the same files
  await world.work()
  const created_at = new Date(world.time.now.getTime() + 1000) // so that the keys are the schedule's
  const failed = { error_code: 'INTERNAL', error_message: 'No.', error_remedy: 'None.' }
  const ended = { status: 'ERROR' as const, ...failed, created_at }
  await scope.updateTable('export_tasks').set(ended).where('id', '=', id).execute()
  await scope
    .updateTable('export_files')
    .set({ delivered_at: null })
    .where('task_id', '=', id)
    .where('position', '>=', 23)
    .execute()
  await day.expireLast()
  world.rows.of = () => 'other rows'
  await world.work()
  const { error, exportTaskId } = await day.hour(0)
  assert.deepEqual([error.code, exportTaskId !== id], ['OBJECT_EXISTS', true])
  assert.equal(bytesOf(0), rowsOf(0))
})

test('an hour that was begun and has other rows since comes when it is asked for, in place of what was sent', async () => {
  const customer = await world.newCustomer()
  const output = { ...customer.body.output, overwriteLatest: true }
  const { id } = await customer.create({ output })
  const hours = async () => (await customer.call('GET', `/${id}/hours`)).result.items
  await world.closeUntil('01T11:00')
  world.put.loses = new TransientError('AWS_UNAVAILABLE', 'No answer.') // the object is there all the same
  await world.work()
  world.put.loses = undefined
  world.rows.of = () => 'other rows'
  const backfill = async () => {
    await customer.call('POST', `/${id}/backfill`, { startTime: '2026-03-01T10:00:00Z' })
    await world.look()
    await world.work()
  }
  await backfill()
  const [changed] = await hours()
  assert.deepEqual([changed.status, changed.error.code], ['ERROR', 'SAMPLES_CHANGED'])
  assert.equal(bytesOf(10), rowsOf(10))
  await backfill()
  await world.lookAfter(10)
  const [hour] = await hours()
  assert.deepEqual([hour.status, hour.exportTaskId !== changed.exportTaskId], ['FINISHED', true])
  assert.match(bytesOf(10) ?? '', /^time other rows/)
  assert.match(world.objects.get('web/latest.json') ?? '', /"completeUntil": "2026-03-01T11:00/)
})

test('hours whose task somebody has cancelled come when they are asked for, and not by themselves', async () => {
  const day = await openDay()
  const { exportTaskId } = await day.hour(0)
  await cancelExportTask(day.customer.scope, exportTaskId)
  await day.expireLast()
  await world.lookAfter(600)
  await world.work()
  const { status, error } = await day.hour(0)
  assert.deepEqual([status, error.code, world.objects.size], ['ERROR', 'CANCELLED', 0])
  assert.match(error.remedy, /backfill .* --from 2026-03-01T00:00:00.000Z --to 2026-03-01T23:00/)
  await day.backfill()
  await world.work()
  assert.equal((await day.hour(0)).status, 'FINISHED')
  assert.deepEqual([bytesOf(0), bytesOf(22)], [rowsOf(0), rowsOf(22)])
})
