import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOf } from './session-state.ts'

const at = (time: string) => new Date(`2026-01-${time}:00Z`)
const createdAt = at('01T00:00')

const cases = [
  { promise: '12 hours after its start', usedAt: at('01T00:00'), end: at('01T12:00') },
  { promise: '12 hours after it was used', usedAt: at('03T07:30'), end: at('03T19:30') },
  { promise: 'a week after its start at the latest', usedAt: at('07T18:00'), end: at('08T00:00') },
  {
    promise: 'and not later for one that was used then',
    usedAt: at('07T12:00'),
    end: at('08T00:00'),
  },
]

for (const { promise, usedAt, end } of cases)
  test(`a session ends ${promise}`, () => assert.deepEqual(endOf({ createdAt, usedAt }), end))
