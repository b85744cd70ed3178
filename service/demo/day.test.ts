import assert from 'node:assert/strict'
import { test } from 'node:test'
import { samplesOfDay } from './day.ts'

const day = new Date('2026-03-01T00:00:00Z')
const options = { seed: 7, day, impressions: 2_000 }

test('the same seed makes the same day, another seed another one', () => {
  const first = [...samplesOfDay(options)]
  assert.deepEqual([...samplesOfDay(options)], first)
  assert.notDeepEqual([...samplesOfDay({ ...options, seed: 8 })], first)
})

test('every sample lies within the day and has a key of its own', () => {
  const keys = new Set<string>()
  let rows = 0
  for (const { time, impression_id, sequence_number } of samplesOfDay(options)) {
    const ms = Number(time) - day.getTime()
    assert(ms >= 0 && ms < 86_400_000)
    keys.add(`${impression_id} ${sequence_number}`)
    rows += 1
  }
  assert.equal(keys.size, rows)
})

test('a day has every hour, state and country, pauses and errors, and more viewers in the evening', () => {
  const samples = [...samplesOfDay(options)]
  const countBy = (of: (sample: (typeof samples)[number]) => unknown) => {
    const counts = new Map<unknown, number>()
    for (const sample of samples) counts.set(of(sample), (counts.get(of(sample)) ?? 0) + 1)
    return counts
  }
  const hours = countBy(({ time }) => new Date(Number(time)).getUTCHours())
  assert.equal(hours.size, 24)
  assert((hours.get(20) ?? 0) > 3 * (hours.get(3) ?? 0))
  assert.deepEqual([...countBy(({ state }) => state).keys()].sort(), [
    'error',
    'paused',
    'playing',
    'rebuffering',
    'seeking',
    'startup',
  ])
  assert.equal(countBy(({ country }) => country).size, 8)
  assert.equal(countBy(({ player }) => player).size, 5)
})
