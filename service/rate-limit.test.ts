import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRateLimit, networkOf } from './rate-limit.ts'

test('beyond its share a key waits, and others do not', () => {
  let nowMs = 0
  const limit = createRateLimit(2, () => nowMs)
  for (let count = 0; count < 20; count += 1) assert.equal(limit.take('a'), undefined)
  assert.deepEqual(limit.take('a'), { waitSeconds: 1 })
  assert.equal(limit.take('b'), undefined)
  nowMs = 500
  assert.equal(limit.take('a'), undefined)
  assert.deepEqual(limit.take('a'), { waitSeconds: 1 })
})

test('a charge may reach beyond the share, and has an end', () => {
  let nowMs = 0
  const limit = createRateLimit(1, () => nowMs)
  limit.charge('a', 1_000_000)
  assert.deepEqual(limit.take('a'), { waitSeconds: 11 })
  nowMs = 11_000
  assert.equal(limit.take('a'), undefined)
})

test('a share does not grow beyond ten seconds', () => {
  let nowMs = 0
  const limit = createRateLimit(1, () => nowMs)
  assert.equal(limit.take('a'), undefined)
  nowMs = 1_000_000
  for (let count = 0; count < 10; count += 1) assert.equal(limit.take('a'), undefined)
  assert.notEqual(limit.take('a'), undefined)
})

test('keys are forgotten when there are too many', () => {
  const limit = createRateLimit(1, () => 0)
  limit.charge('a', 10)
  for (let key = 0; key < 50_000; key += 1) limit.take(String(key))
  assert.equal(limit.take('a'), undefined)
})

for (const [address, network] of [
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:203.0.113.8', '203.0.113.8'],
  ['203.0.113.7:50123', '203.0.113.7'],
  ['[2001:db8::1]:50123', '2001:db8:0:0'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['2001:db8:1:2::', '2001:db8:1:2'],
] as const)
  test(`${address} counts as ${network}`, () => assert.equal(networkOf(address), network))
