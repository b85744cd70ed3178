import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Database } from '#database'
import { TransientError } from '#errors'
import { openAppends } from './appends.ts'
import { createEncoder } from './encode.ts'
import type { InsertOptions } from './inserts.ts'
import type { Sample } from './samples.ts'
import { adSamplesTable, type SampleTable, samplesTable } from './tables.ts'

const license = { licenseKey: 'aurora', retentionDays: 1 }
const row = (sequence_number: number, more = {}) => ({
  impression_id: 'i',
  sequence_number,
  ...more,
})
const isUnavailable = (error: unknown) =>
  error instanceof TransientError &&
  error.code === 'SAMPLES_UNAVAILABLE' &&
  error.retryAfterSeconds !== undefined

/** Only time and the store's faults are not real here. */
function startAppends(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const inserts: { table: string; rows: number; end: PromiseWithResolvers<void> }[] = []
  const insert = (table: { name: string }, rows: readonly unknown[], _options: InsertOptions) => {
    const end = Promise.withResolvers<void>()
    inserts.push({ table: table.name, rows: rows.length, end })
    return end.promise
  }
  const database: unknown = undefined
  const encode = (table: SampleTable, sample: Sample) => createEncoder(table).encode(sample)
  const appends = openAppends({ inserts: { encode, insert }, database: database as Database })
  const pass = (ms: number) => t.mock.timers.tick(ms)
  const append = (...samples: ReturnType<typeof row>[]) => {
    const answer = appends.append(samplesTable, license, samples)
    answer.catch(() => {})
    return answer
  }
  return { appends, append, inserts, pass }
}

test('a row that its table cannot hold is refused to its sender alone', async (t) => {
  const { appends, append, inserts, pass } = startAppends(t)
  await assert.rejects(append(row(0.5)), /sequence_number must be a whole number/)
  await assert.rejects(
    appends.append(adSamplesTable, license, [row(0)]),
    /ad_impression_id is missing/,
  )
  const good = append(row(1))
  pass(5)
  inserts[0]?.end.resolve()
  await good
  assert.equal(inserts.length, 1)
})

test('what waits is bounded in bytes, of all tables together', async (t) => {
  const { append, inserts, pass } = startAppends(t)
  const large = { video_title: 'x'.repeat(1024 * 1024) }
  const taken = Array.from({ length: 63 }, (_, index) => append(row(index, large)))
  await assert.rejects(append(row(63, large), row(64, large)), isUnavailable)
  pass(5)
  inserts[0]?.end.resolve()
  await Promise.all(taken.slice(0, inserts[0]?.rows))
  const again = append(row(65, large), row(66, large))
  for (let next = 1; next < 10; next += 1) {
    await new Promise(setImmediate)
    inserts[next]?.end.resolve()
  }
  await Promise.all([...taken, again])
})

test('while an insert is under way, the next one gathers what comes', async (t) => {
  const { append, inserts, pass } = startAppends(t)
  const all = [append(row(0)), append(row(1))]
  pass(5)
  all.push(append(row(2)))
  pass(5)
  all.push(append(row(3)), append(row(4)))
  pass(5)
  const rowsOf = () => inserts.map(({ rows }) => rows)
  assert.deepEqual(rowsOf(), [2])
  inserts[0]?.end.resolve()
  await all[0]
  await new Promise(setImmediate)
  assert.deepEqual(rowsOf(), [2, 3])
  for (const { end } of inserts) end.resolve()
  await Promise.all(all)
})

test('a store that stalls is told of in time, and not waited for until it answers again', async (t) => {
  const { append, inserts, pass } = startAppends(t)
  const first = append(row(0))
  pass(5)
  pass(1_000)
  const second = append(row(1))
  pass(5)
  pass(1_500)
  await assert.rejects(append(row(2)), isUnavailable)
  pass(2_500)
  await assert.rejects(first, isUnavailable)
  pass(1_100)
  await assert.rejects(second, isUnavailable)
  for (const { end } of inserts) end.resolve()
  await new Promise(setImmediate)
  const next = append(row(3))
  pass(5)
  inserts.at(-1)?.end.resolve()
  await next
})

test('when an insert fails, whoever waits behind it is told too', async (t) => {
  const { append, inserts, pass } = startAppends(t)
  const under = append(row(0))
  pass(5)
  const waiting = append(row(1))
  inserts[0]?.end.reject(new TransientError('SAMPLES_UNAVAILABLE', 'down'))
  await assert.rejects(under, /down/)
  await assert.rejects(waiting, /down/)
  assert.equal(inserts.length, 1)
})
