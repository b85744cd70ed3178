import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { TransientError } from '#errors'
import { openTestDatabase } from '#testing'
import { type LeaseTerms, leaseTerms, openLease, type Stamp } from './lease.ts'
import { buryDeadLeases, findSettleable, noteHours } from './touched-hours.ts'

// Each lease here is a process of its own, with a clock that may be wrong and a connection that may stall.

const HOUR_MS = 3_600_000
const brief: LeaseTerms = { leaseMs: 400, insertOverMs: 400 }

async function startDatabase(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-lease-'))
  const database = await openTestDatabase({ dataDirectory: directory })
  t.after(async () => {
    await database.close()
    await rm(directory, { recursive: true, force: true })
  })
  const hour = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 24 * HOUR_MS)
  await database.db
    .insertInto('sample_progress')
    .values({ watermark: hour, closed_until: hour, closing_before: null })
    .execute()
  return database
}

const clockOff = (skewMs: number) => ({ now: () => new Date(Date.now() + skewMs) })

test('without a valid lease nothing is stamped', async (t) => {
  const database = await startDatabase(t)
  const lease = await openLease({ database, clock: clockOff(0), terms: brief })
  await delay(brief.leaseMs + 50)
  assert.throws(() => lease.stamp(), TransientError)
  await lease.renew()
  lease.stamp().settle()
})

test('the watermark never passes what a process may still stamp, however wrong the clocks are', async (t) => {
  const database = await startDatabase(t)
  const skews = [0, -90_000, 90_000, -HOUR_MS, 2 * HOUR_MS]
  const leases = await Promise.all(
    skews.map((skewMs) => openLease({ database, clock: clockOff(skewMs) })),
  )
  const inFlight = new Set<Stamp>()
  let watermark = new Date(0)
  let stamps = 0
  const look = async (index: number) => {
    const read = await leases[index]?.readWatermark()
    assert(read)
    for (const { time } of inFlight)
      assert(time >= read, `${read.toISOString()} has passed ${time.toISOString()}`)
    if (read > watermark) watermark = read
  }
  await Promise.all(
    leases.map(async (lease, index) => {
      for (let round = 0; round < 30; round += 1) {
        const stamp = lease.stamp()
        stamps += 1
        assert(stamp.time >= watermark)
        inFlight.add(stamp)
        await delay((index * 7 + round) % 5)
        await lease.renew()
        await look((index + round) % leases.length)
        inFlight.delete(stamp)
        stamp.settle()
      }
    }),
  )
  assert.equal(stamps, 150)
  // The slowest clock decides, and the watermark does come along.
  const slowest = Date.now() - HOUR_MS
  assert(Math.abs(watermark.getTime() - slowest) < 60_000, watermark.toISOString())
})

test('a process with a slow clock that comes later stamps nothing that the watermark has passed', async (t) => {
  const database = await startDatabase(t)
  const first = await openLease({ database, clock: clockOff(0) })
  await first.renew()
  const watermark = await first.readWatermark()
  const late = await openLease({ database, clock: clockOff(-HOUR_MS) })
  assert(late.stamp().time >= watermark)
})

test('a process that stalls holds the watermark until its last insert must be over, and is late then', async (t) => {
  const database = await startDatabase(t)
  // Ahead of the stalled one by more than any lease lasts: only the database's clock says who is dead.
  const live = await openLease({ database, clock: clockOff(10 * 60_000), terms: brief })
  const stalled = await openLease({ database, clock: clockOff(0), terms: brief })
  const stamp = stalled.stamp()
  const began = performance.now()
  for (;;) {
    await live.renew()
    const watermark = await live.readWatermark()
    if (watermark > stamp.time) break
    await delay(20)
  }
  const heldMs = performance.now() - began
  assert(heldMs >= brief.leaseMs + brief.insertOverMs - 50, `${heldMs} ms`)
  assert(stamp.isLate())
  assert.throws(() => stalled.stamp(), TransientError)
  await stalled.renew()
  assert(stalled.stamp().time >= (await live.readWatermark()))
})

test('hours that a dead process touched are settled once its own clock has been passed', async (t) => {
  const database = await startDatabase(t)
  const ahead = clockOff(HOUR_MS)
  const dead = await openLease({ database, clock: ahead, terms: brief })
  const hour = new Date(Date.now() - 5 * HOUR_MS)
  const touch = { id: randomUUID(), licenseKey: 'aurora', leaseId: dead.id() }
  await noteHours(database, touch, [hour])
  await delay(brief.leaseMs + brief.insertOverMs + 50)
  await buryDeadLeases(database, clockOff(0), brief)
  const closedUntil = new Date()
  const settleable = (watermark: Date) =>
    findSettleable(database, { watermark, closedUntil, hoursMax: 10 })
  assert.deepEqual(await settleable(new Date()), [])
  const passed = new Date(Date.now() + HOUR_MS + leaseTerms.leaseMs)
  assert.deepEqual(
    (await settleable(passed)).map(({ id }) => id),
    [touch.id],
  )
})
