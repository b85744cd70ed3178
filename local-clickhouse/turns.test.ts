import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns } from './turns.ts'

const never = new AbortController().signal
const tooMany = { code: 202, message: /Too many simultaneous queries/ }

test('who finds the queue full is refused', async () => {
  const turns = new Turns({ runningMax: 1, waitingMax: 1, waitMsMax: 60_000 })
  const work = Promise.withResolvers<string>()
  const first = turns.run(() => work.promise, never)
  const second = turns.run(async () => 'second', never)
  await assert.rejects(
    turns.run(async () => 'third', never),
    tooMany,
  )
  work.resolve('first')
  assert.deepEqual(await Promise.all([first, second]), ['first', 'second'])
})

test('who waits too long is refused, and its place is free again', async () => {
  const turns = new Turns({ runningMax: 1, waitingMax: 1, waitMsMax: 1 })
  const work = Promise.withResolvers<string>()
  const first = turns.run(() => work.promise, never)
  for (const attempt of ['second', 'third']) {
    await assert.rejects(
      turns.run(async () => attempt, never),
      tooMany,
    )
  }
  work.resolve('first')
  assert.equal(await first, 'first')
  assert.equal(await turns.run(async () => 'fourth', never), 'fourth')
})

test('who is cancelled while waiting does not start', async () => {
  const turns = new Turns({ runningMax: 1, waitingMax: 1, waitMsMax: 60_000 })
  const work = Promise.withResolvers<void>()
  const first = turns.run(() => work.promise, never)
  const stop = new AbortController()
  const second = turns.run(() => assert.fail('it started'), stop.signal)
  stop.abort()
  await assert.rejects(second, { code: 394 })
  work.resolve()
  await first
})

test('as many run at once as may, in their order, and a failure gives its turn back', async () => {
  const turns = new Turns({ runningMax: 2, waitingMax: 10, waitMsMax: 60_000 })
  let running = 0
  let most = 0
  const order: number[] = []
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) =>
      turns.run(async () => {
        order.push(index)
        running += 1
        most = Math.max(most, running)
        await new Promise((done) => setImmediate(done))
        running -= 1
        if (index % 2 === 0) throw new Error('failed')
      }, never),
    ),
  )
  assert.equal(most, 2)
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7])
  assert.equal(results.filter(({ status }) => status === 'rejected').length, 4)
})
