import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instantOf, quickWindows } from './quick-windows.ts'

const now = new Date('2026-03-01T10:20:30Z')

test('what is no time is no instant, what is typed means UTC', () => {
  assert.equal(instantOf(''), undefined)
  assert.equal(instantOf('2026-02-30x'), undefined)
  assert.equal(instantOf('2026-01-31T13:00'), '2026-01-31T13:00:00.000Z')
})

test('quick choices end with what is over', () => {
  assert.deepEqual(
    Object.fromEntries(Object.entries(quickWindows).map(([name, at]) => [name, at(now)])),
    {
      'Last hour': { start: '2026-03-01T09:00', end: '2026-03-01T10:00' },
      'Last 24 hours': { start: '2026-02-28T10:00', end: '2026-03-01T10:00' },
      Yesterday: { start: '2026-02-28T00:00', end: '2026-03-01T00:00' },
      'Last 7 days': { start: '2026-02-22T00:00', end: '2026-03-01T00:00' },
      'Last 30 days': { start: '2026-01-30T00:00', end: '2026-03-01T00:00' },
    },
  )
})
