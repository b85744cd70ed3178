import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type HourPart, judgeHour } from './judge-hour.ts'

const now = new Date('2026-03-10T12:00:00Z')
const long = new Date('2026-03-10T10:59:59Z')
const just = new Date('2026-03-10T11:00:00Z')
const part = (state: HourPart['state'], more: Partial<HourPart> = {}): HourPart => ({
  ...{ state, rows: 0, windowEnd: undefined },
  ...more,
})
const whole = part('DELIVERED', { rows: 5, windowEnd: long })

const cases: [promise: string, parts: HourPart[], isBetween: boolean, status: string][] = [
  ['a failure outweighs what was delivered', [whole, part('FAILED')], true, 'FAILED'],
  ['what nothing brings back is not late', [part('EXPIRED', { windowEnd: long })], true, 'EXPIRED'],
  ['and gives way to what somebody can mend', [part('EXPIRED'), part('FAILED')], true, 'FAILED'],
  [
    'what waits an hour after its window is late',
    [part('WAITING', { windowEnd: long })],
    true,
    'LATE',
  ],
  ['so is what is under way then', [part('UNDERWAY', { windowEnd: long }), whole], true, 'LATE'],
  ['what no schedule owes is never late', [part('UNDERWAY')], true, 'UNDERWAY'],
  [
    'an hour after its window is not too late',
    [part('WAITING', { windowEnd: just })],
    true,
    'WAITING',
  ],
  ['a window that has not ended waits', [part('WAITING')], true, 'WAITING'],
  ['one file with rows is enough', [part('DELIVERED'), whole], true, 'DELIVERED'],
  ['files without rows are whole too', [part('DELIVERED')], true, 'EMPTY'],
  ['a hole between delivered hours is missing', [], true, 'MISSING'],
  ['before the first and after the last nothing is', [], false, 'NONE'],
]
for (const [promise, parts, isBetween, status] of cases)
  test(`an hour of an output: ${promise}`, () => {
    assert.equal(judgeHour(now, parts, isBetween), status)
  })
