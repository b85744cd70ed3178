import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseWindows } from './first-windows.ts'

const end = Date.parse('2026-03-02T10:00:00.000Z')
const day = { startTime: '2026-03-01T10:00:00.000Z', endTime: '2026-03-02T10:00:00.000Z' }

test('the newest hour with samples comes first, and the last day', () => {
  const newest = { startTime: '2026-02-28T23:00:00.000Z', samples: 1234 }
  const [first, second] = chooseWindows(end, newest)
  assert.equal(first?.startTime, newest.startTime)
  assert.equal(first?.endTime, '2026-03-01T00:00:00.000Z')
  assert.deepEqual([first?.label.at, first?.label.after], [newest.startTime, ': 1,234 samples'])
  assert.deepEqual({ startTime: second?.startTime, endTime: second?.endTime }, day)
})

test('without any samples it is the last full hour, and says that it is empty', () => {
  const [first] = chooseWindows(end, undefined)
  assert.equal(first?.startTime, '2026-03-02T09:00:00.000Z')
  assert.match(first?.label.after ?? '', /no samples/)
})
