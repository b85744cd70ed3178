import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outcomeOf } from './outcome.ts'
import { attemptsMax, delayAfter } from './retry-schedule.ts'

const now = new Date('2026-03-01T12:00:00Z')
const at = (ms: number) => new Date(now.getTime() + ms)
const meet = (responseCode: number, failures = 0) =>
  outcomeOf({ responseCode }, { failures, now, random: 0 })

test('a redirect, a refusal and a fault of the receiver are failures, tried again', () => {
  for (const code of [100, 199, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503])
    assert.deepEqual(
      meet(code),
      { status: 'PENDING', failures: 1, availableAt: at(5000) },
      `${code}`,
    )
})

test('any 2xx is a delivery', () => {
  for (const code of [200, 201, 202, 204, 299])
    assert.deepEqual(meet(code), { status: 'DELIVERED' })
})

test('410 ends the delivery and switches the webhook off', () => {
  assert.deepEqual(meet(410), { status: 'FAILED', failures: 1, isGone: true })
})

test('without an answer it is tried again', () => {
  const { status } = outcomeOf({ problem: 'nobody' }, { failures: 0, now, random: 0 })
  assert.equal(status, 'PENDING')
})

test('after the last attempt it has failed, some three days after the first', () => {
  let passedMs = 0
  for (let failures = 1; failures < attemptsMax; failures += 1) {
    const delayMs = delayAfter(failures, 0)
    assert(delayMs !== undefined && delayMs > 0)
    passedMs += delayMs
  }
  const days = passedMs / 86_400_000
  assert(days > 3 && days < 3.5, `${days}`)
  assert.equal(delayAfter(attemptsMax, 0), undefined)
  assert.deepEqual(meet(500, attemptsMax - 1), {
    status: 'FAILED',
    failures: attemptsMax,
    isGone: false,
  })
})

test('the pause is up to a quarter longer, by chance', () => {
  assert.deepEqual([delayAfter(1, 0), delayAfter(1, 0.5), delayAfter(1, 1)], [5000, 5625, 6250])
})
