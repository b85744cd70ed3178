import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupByDay, stepTo } from './hour-steps.ts'

const HOUR_MS = 3_600_000
const first = Date.parse('2026-01-30T22:00:00Z')
/** From ten in the evening of the 30th over all of the 31st to two in the morning of the 1st. */
const hours = Array.from({ length: 2 + 24 + 2 }, (_, index) => ({
  startTime: new Date(first + index * HOUR_MS).toISOString(),
}))

test('hours stand in the rows of their days, at their hour', () => {
  const days = groupByDay(hours)
  assert.deepEqual(
    days.map(({ date, cells }) => [date, cells.length, cells.filter(Boolean).length]),
    [
      ['2026-01-30', 24, 2],
      ['2026-01-31', 24, 24],
      ['2026-02-01', 24, 2],
    ],
  )
  assert.equal(days[0]?.cells[22]?.index, 0)
  assert.equal(days[2]?.cells[1]?.index, 27)
})

const cases: [key: string, current: number, isToEnd: boolean, expected: number | undefined][] = [
  ['ArrowLeft', 0, false, undefined],
  ['ArrowRight', 27, false, undefined],
  ['ArrowDown', 5, false, undefined],
  ['Tab', 5, false, undefined],
  ['ArrowRight', 1, false, 2],
  ['ArrowUp', 24, false, 0],
  ['Home', 10, false, 2],
  ['End', 10, false, 25],
  ['Home', 10, true, 0],
  ['End', 10, true, 27],
  ['PageUp', 10, false, 0],
  ['PageDown', 10, false, 27],
]

for (const [key, current, isToEnd, expected] of cases)
  test(`${isToEnd ? 'Ctrl+' : ''}${key} at hour ${current} leads to ${expected ?? 'nowhere'}`, () => {
    assert.equal(stepTo(key, { hours, current, isToEnd }), expected)
  })
