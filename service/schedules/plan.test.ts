import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  alignStart,
  endOfWindow,
  planBackfill,
  planNextLook,
  planWindows,
  type Rule,
} from './plan.ts'

const daily = (timeZone: string): Rule => ({ frequency: 'DAILY', timeZone })
const hourly: Rule = { frequency: 'HOURLY', timeZone: 'Europe/Vienna' }
const iso = (instant: Date) => instant.toISOString().slice(0, 16)

describe('a day begins at midnight of its time zone, and has as many hours as its clocks say', () => {
  const cases: [zone: string, within: string, start: string, end: string][] = [
    ['UTC', '2026-03-01T12:00', '2026-03-01T00:00', '2026-03-02T00:00'],
    ['Europe/Vienna', '2026-03-28T12:00', '2026-03-27T23:00', '2026-03-28T23:00'],
    ['Europe/Vienna', '2026-03-29T12:00', '2026-03-28T23:00', '2026-03-29T22:00'], // 23 hours
    ['Europe/Vienna', '2026-10-25T12:00', '2026-10-24T22:00', '2026-10-25T23:00'], // 25 hours
    ['Asia/Kolkata', '2026-03-01T12:00', '2026-02-28T18:30', '2026-03-01T18:30'],
    ['Australia/Lord_Howe', '2026-04-05T06:00', '2026-04-04T13:00', '2026-04-05T13:30'], // 24.5 hours
    ['America/Sao_Paulo', '2018-11-04T12:00', '2018-11-04T03:00', '2018-11-05T02:00'], // begins at 01:00
  ]
  for (const [zone, within, start, end] of cases)
    test(`${zone} ${within}`, () => {
      const at = alignStart(daily(zone), new Date(`${within}Z`))
      assert.deepEqual([iso(at), iso(endOfWindow(daily(zone), at))], [start, end])
      assert.deepEqual(alignStart(daily(zone), at), at)
    })
})

describe('a year of windows has no gap, and none that another one overlaps', () => {
  const start = new Date('2026-01-01T00:00:00Z')
  const until = new Date('2027-01-01T00:00:00Z')
  for (const zone of ['Europe/Vienna', 'America/St_Johns', 'Africa/Cairo', 'Asia/Beirut'])
    test(zone, () => {
      const from = alignStart(daily(zone), start)
      const windows = planWindows(daily(zone), { start: from, until, countMax: 1000 })
      assert(windows.length >= 365)
      for (const [index, window] of windows.entries())
        assert.deepEqual(window.start, windows[index - 1]?.end ?? from)
    })
})

test('a window is due when all of it is closed, and a look takes a bounded number', () => {
  const start = new Date('2026-03-01T10:00:00Z')
  const plan = (until: string, countMax = 10) =>
    planWindows(hourly, { start, until: new Date(until), countMax }).map((each) => iso(each.end))
  assert.deepEqual(plan('2026-03-01T10:59:59Z'), [])
  assert.deepEqual(plan('2026-03-01T11:00:00Z'), ['2026-03-01T11:00'])
  assert.deepEqual(plan('2026-03-01T12:59:59Z'), ['2026-03-01T11:00', '2026-03-01T12:00'])
  assert.equal(plan('2026-04-01T00:00:00Z').length, 10)
})

test('after a change of the time zone the next day goes on where the last one ended', () => {
  const start = new Date('2026-03-01T23:00:00Z') // midnight in Vienna
  const until = new Date('2026-03-04T00:00:00Z')
  const windows = planWindows(daily('UTC'), { start, until, countMax: 10 })
  assert.deepEqual(
    windows.map(({ end }) => iso(end)),
    ['2026-03-02T00:00', '2026-03-03T00:00', '2026-03-04T00:00'],
  )
})

test('a backfill leaves out the hours that are taken, and nothing else', () => {
  const plan = (rule: Rule, [start, end]: string[], taken: string[][] = []) =>
    planBackfill(
      rule,
      windowOf(start, end),
      taken.map(([from, to]) => windowOf(from, to)),
    ).map((window) => `${iso(window.start).slice(8)} ${iso(window.end).slice(8)}`)
  const windowOf = (from = '', to = '') => ({
    start: new Date(`2026-03-${from}:00Z`),
    end: new Date(`2026-03-${to}:00Z`),
  })
  assert.deepEqual(plan(daily('UTC'), ['01T00:00', '02T23:00']), [
    '01T00:00 02T00:00',
    '02T00:00 02T23:00', // what comes then is due, as a day of Vienna
  ])
  const taken = [
    ['02T00:00', '02T01:00'],
    ['01T03:00', '01T04:00'],
    ['01T04:00', '01T05:00'],
  ]
  assert.deepEqual(plan(daily('UTC'), ['01T00:00', '02T00:00'], taken), [
    '01T00:00 01T03:00',
    '01T05:00 02T00:00',
  ])
  assert.deepEqual(plan(hourly, ['01T02:00', '01T06:00'], taken), [
    '01T02:00 01T03:00',
    '01T05:00 01T06:00',
  ])
  assert.deepEqual(plan(hourly, ['01T03:00', '01T05:00'], taken), [])
})

test('the next look follows the close of the window by the jitter, and is never far', () => {
  const now = new Date('2026-03-01T10:58:00Z')
  const windowEnd = new Date('2026-03-01T11:00:00Z')
  const look = (changes: object) =>
    planNextLook(now, { windowEnd, isBusy: false, random: 0.5, ...changes }).toISOString()
  assert.equal(look({}), '2026-03-01T11:00:30.000Z')
  assert.equal(look({ isBusy: true }), '2026-03-01T10:58:05.000Z')
  assert.equal(look({ windowEnd: now, random: 0 }), '2026-03-01T10:58:05.000Z')
  assert.equal(look({ windowEnd: new Date('2026-03-02T00:00:00Z') }), '2026-03-01T11:08:00.000Z')
})
