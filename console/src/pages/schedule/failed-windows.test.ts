import assert from 'node:assert/strict'
import { test } from 'node:test'
import { windowsOf } from './failed-windows.ts'

const at = (hour: number) => new Date(Date.UTC(2026, 0, 1, hour)).toISOString()
const hour = (number: number) => ({ startTime: at(number), endTime: at(number + 1) })

test('hours that nobody has asked for are not exported with those that failed', () => {
  assert.deepEqual(windowsOf([hour(7), hour(3), hour(2)], at(10)), [
    { startTime: at(2), endTime: at(4) },
    { startTime: at(7), endTime: at(8) },
  ])
})

test('all that failed since the start of the schedule go by one window', () => {
  assert.deepEqual(windowsOf([hour(14), hour(12)], at(10)), [{ startTime: at(10) }])
  assert.deepEqual(windowsOf([hour(12), hour(1)], at(10)), [
    { startTime: at(1), endTime: at(2) },
    { startTime: at(10) },
  ])
})

test('where none has failed there is nothing to export', () => {
  assert.deepEqual(windowsOf([], at(10)), [])
})
