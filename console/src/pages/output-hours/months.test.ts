import assert from 'node:assert/strict'
import { test } from 'node:test'
import { monthsUntil, readMonthsSearch, windowOfMonth } from './months.ts'

test('what is no number of months in the address counts as none', () => {
  for (const months of ['x', 0, -1, 25, 1.5, undefined])
    assert.deepEqual(readMonthsSearch({ months }), {})
  assert.deepEqual(readMonthsSearch({ months: 24 }), { months: 24 })
})

test('months go back over the turn of a year, also from its last days', () => {
  const now = new Date('2026-01-31T23:59:00Z')
  assert.deepEqual(monthsUntil(now, {}), ['2026-01', '2025-12', '2025-11'])
})

test('a month ends where the next begins', () => {
  assert.deepEqual(windowOfMonth('2025-12'), {
    start: '2025-12-01T00:00:00.000Z',
    end: '2026-01-01T00:00:00.000Z',
  })
  assert.throws(() => windowOfMonth('2025-13'), RangeError)
})
