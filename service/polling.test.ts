import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { startPolling, startTaking } from './polling.ts'

test('a round that fails is told, and the next one comes', async () => {
  const told: unknown[] = []
  const { promise: third, resolve } = Promise.withResolvers<void>()
  let rounds = 0
  const round = async () => {
    rounds += 1
    if (rounds === 3) resolve()
    throw rounds
  }
  // Its pauses keep no process alive, so the test does.
  const alive = setInterval(() => {}, 1000)
  const polling = startPolling(round, { pollMs: 1, onFault: (error) => told.push(error) })
  await third
  await polling[Symbol.asyncDispose]()
  clearInterval(alive)
  assert.deepEqual(told.slice(0, 2), [1, 2])
})

test('closing stops the round that is under way, waits for it, and tells of no fault', async () => {
  let hasEnded = false
  const round = async (signal: AbortSignal) => {
    await once(signal, 'abort')
    hasEnded = true
    throw signal.reason
  }
  const polling = startPolling(round, { pollMs: 1, onFault: () => assert.fail() })
  await polling[Symbol.asyncDispose]()
  assert(hasEnded)
})

test('some are worked at at once, one that hangs keeps no other waiting, and closing waits for it', async () => {
  const waiting = ['hangs', 'fails', 'third', 'fourth']
  const begun: string[] = []
  const told: unknown[] = []
  const { promise: last, resolve } = Promise.withResolvers<void>()
  const hanging = Promise.withResolvers<void>()
  let hasEnded = false
  const taking = startTaking({
    claim: async () => waiting.shift(),
    work: async (name) => {
      begun.push(name)
      if (name === 'fails') throw name
      if (name === 'fourth') resolve()
      if (name === 'hangs') await hanging.promise
    },
    atOnceMax: 2,
    pollMs: 1,
    onFault: (error) => told.push(error),
  })
  await last
  assert.deepEqual([begun, told], [['hangs', 'fails', 'third', 'fourth'], ['fails']])
  const closing = taking[Symbol.asyncDispose]().then(() => {
    hasEnded = true
  })
  await new Promise(setImmediate)
  assert(!hasEnded)
  hanging.resolve()
  await closing
})
