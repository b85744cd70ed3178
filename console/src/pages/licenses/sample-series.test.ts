import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { barsOf, isSpan, labelOf, totalOf, windowOf } from './sample-series.ts'

const now = new Date('2026-01-31T13:20:00Z')
const hour = (startTime: string, samples: number, isClosed = true) => {
  return { startTime, samples, adSamples: 1, isClosed }
}

describe('the samples of a license over a window', () => {
  test('the address names no other window than those that there are', () => {
    for (const value of ['1y', 'toString', '', 7, undefined]) assert.equal(isSpan(value), false)
    assert.equal(isSpan('30d'), true)
  })

  test('a window of hours ends with the present one', () => {
    const expected = { start: '2026-01-30T14:00:00Z', end: '2026-01-31T14:00:00Z' }
    assert.deepEqual(windowOf('24h', now), expected)
    const onTheHour = windowOf('24h', new Date('2026-01-31T13:00:00Z'))
    assert.deepEqual(onTheHour, expected)
  })

  test('a window of days begins with a whole one, and is never longer than its name', () => {
    assert.deepEqual(windowOf('30d', now), {
      start: '2026-01-02T00:00:00Z',
      end: '2026-01-31T14:00:00Z',
    })
    const atMidnight = windowOf('30d', new Date('2026-01-31T23:00:00Z'))
    assert.equal(atMidnight.start, '2026-01-02T00:00:00Z')
  })

  test('a day is the sum of its hours, and open while one of them is', () => {
    const hours = [
      hour('2026-01-30T23:00:00Z', 2),
      hour('2026-01-31T00:00:00Z', 3),
      hour('2026-01-31T01:00:00Z', 4, false),
    ]
    const bars = barsOf(hours, '30d')
    assert.deepEqual(bars, [
      { startTime: '2026-01-30T00:00:00Z', samples: 2, adSamples: 1, isClosed: true },
      { startTime: '2026-01-31T00:00:00Z', samples: 7, adSamples: 2, isClosed: false },
    ])
    assert.deepEqual(totalOf(bars), { samples: 9, adSamples: 3 })
    assert.deepEqual(barsOf(hours, '7d'), hours)
  })

  test('a bar is named by its hour, or by its day', () => {
    assert.equal(labelOf('2026-01-31T13:00:00Z', '24h'), '01-31 13:00')
    assert.equal(labelOf('2026-01-31T00:00:00Z', '90d'), '01-31')
  })
})
