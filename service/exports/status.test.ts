import assert from 'node:assert/strict'
import { test } from 'node:test'
import { delayAfter, retryBudget } from './backoff.ts'
import { progressOf, statesBefore, statusOf, waitOf } from './status.ts'

const states = ['QUEUED', 'STARTED', 'CANCELLING', 'CANCELLED', 'FINISHED', 'ERROR'] as const

test('nothing leaves FINISHED, and only what ended without it is queued again', () => {
  const before = Object.fromEntries(states.map((state) => [state, statesBefore(state)]))
  assert.deepEqual(before, {
    QUEUED: ['CANCELLED', 'ERROR'],
    STARTED: ['QUEUED', 'STARTED'],
    CANCELLING: ['QUEUED', 'STARTED'],
    CANCELLED: ['QUEUED', 'STARTED', 'CANCELLING'],
    FINISHED: ['STARTED'],
    ERROR: ['QUEUED', 'STARTED'],
  })
})

test('clients that know four states wait for one that is cancelled, and then see an ERROR', () => {
  assert.deepEqual(states.map(statusOf), [
    'QUEUED',
    'STARTED',
    'STARTED',
    'ERROR',
    'FINISHED',
    'ERROR',
  ])
})

test('a task that waits for an hour to be over says so, and how to have what is there', () => {
  const day = (time: string) => new Date(`2026-01-31T${time}:00Z`)
  const waiting = (
    start: string,
    end: string,
    now = '10:30',
    state: 'QUEUED' | 'ERROR' = 'QUEUED',
  ) => waitOf({ state, window: { start: day(start), end: day(end) } }, day(now))
  const wait =
    'The hour that ends at 2026-01-31T11:00:00.000Z is still open; the export begins by itself once it is closed.'
  assert.equal(waiting('10:00', '10:20'), wait)
  assert.equal(
    waiting('08:00', '10:20'),
    `${wait} To have the hours before it now, export with endTime 2026-01-31T10:00:00.000Z.`,
  )
  assert.equal(waiting('08:00', '11:00', '10:59')?.startsWith(wait), true)
  assert.equal(waiting('08:00', '10:00'), undefined)
  assert.equal(waiting('08:00', '10:20', '11:00'), undefined)
  assert.equal(waiting('08:00', '10:20', '10:30', 'ERROR'), undefined)
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
