import assert from 'node:assert/strict'
import { test } from 'node:test'
import { delayAfter, retryBudget } from './backoff.ts'
import { progressOf, statusesBefore, unfinishedStatuses } from './status.ts'

test('nothing leaves FINISHED or ERROR, and nothing returns to QUEUED', () => {
  assert.deepEqual(statusesBefore('QUEUED'), [])
  assert.deepEqual(statusesBefore('STARTED'), ['QUEUED'])
  assert.deepEqual(statusesBefore('FINISHED'), ['STARTED'])
  assert.deepEqual(statusesBefore('ERROR'), ['QUEUED', 'STARTED'])
  assert.deepEqual(unfinishedStatuses, ['QUEUED', 'STARTED'])
})

test('progress is 100 only when the manifest is delivered too', () => {
  assert.equal(progressOf({ delivered: 0, total: 25 }), 0)
  assert.equal(progressOf({ delivered: 1, total: 3 }), 33)
  assert.equal(progressOf({ delivered: 2160, total: 2161 }), 99)
  assert.equal(progressOf({ delivered: 25, total: 25 }), 100)
})

test('the pause doubles up to its bound, is at least half of that, and ends with the budget', () => {
  const after = (failures: number, random: number, retryAfterSeconds?: number) =>
    delayAfter(failures, { budget: retryBudget, random, retryAfterSeconds })
  assert.equal(after(13, 1), undefined)
  assert.equal(after(1, 1), 5_000)
  assert.equal(after(1, 0), 2_500)
  assert.equal(after(3, 1), 20_000)
  assert.equal(after(12, 1), 900_000)
  assert.equal(after(1, 1, 60), 60_000)
})
