import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTestDatabase } from '#testing'
import { startSharedClock } from './shared-clock.ts'

/** A machine whose clock is so much ahead. */
function machineAhead(aheadMs: number) {
  const machine = { aheadMs, now: () => new Date(Date.now() + machine.aheadMs) }
  return machine
}

function aheadOf(clock: { now(): Date }): number {
  return clock.now().getTime() - Date.now()
}

async function openDatabase() {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'sluice-clock-'))
  const database = await openTestDatabase({ dataDirectory })
  return Object.assign(database, {
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await rm(dataDirectory, { recursive: true })
    },
  })
}

test('a machine that is ahead or behind goes by the time of the database, and it is told', async () => {
  await using database = await openDatabase()
  for (const aheadMs of [40_000, -3_600_000]) {
    const told: number[] = []
    const onOffset = (ms: number) => void told.push(ms)
    const machine = machineAhead(aheadMs)
    await using clock = await startSharedClock(database, { machine, onOffset })
    assert(Math.abs(aheadOf(clock)) < 1000, `${aheadOf(clock)} ms`)
    assert.equal(told.length, 1)
    assert(Math.abs((told[0] ?? 0) - aheadMs) < 1000)
  }
})

test('less than a second is left as it is, and nobody is told', async () => {
  await using database = await openDatabase()
  const onOffset = () => assert.fail()
  await using clock = await startSharedClock(database, { machine: machineAhead(400), onOffset })
  assert(aheadOf(clock) >= 399)
})

test('a clock that is put right while we run is heard of; a database that is away changes nothing', async () => {
  await using database = await openDatabase()
  const machine = machineAhead(40_000)
  const told: number[] = []
  const heard = Promise.withResolvers<void>()
  const onOffset = (ms: number) => {
    told.push(ms)
    if (ms === 0) heard.resolve()
  }
  await using clock = await startSharedClock(database, { machine, onOffset, pollMs: 1 })
  machine.aheadMs = 0
  const alive = setInterval(() => {}, 1000) // its pauses keep no process alive
  await heard.promise
  clearInterval(alive)
  assert(Math.abs(aheadOf(clock)) < 1000)
  await database.close()
  machine.aheadMs = 40_000
  await assert.rejects(startSharedClock(database, { machine, onOffset }))
  assert(aheadOf(clock) >= 39_999)
  assert.deepEqual(told.slice(1), [0])
})
