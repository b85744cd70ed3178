import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findMistakes } from './mistakes.ts'

const now = new Date('2026-03-10T12:00:00Z')
const fine = {
  name: 'a day',
  startTime: '2026-03-09T00:00:00Z',
  endTime: '2026-03-10T00:00:00Z',
  licenseKey: 'license',
  output: { outputId: 'output', outputPath: 'day' },
}

const cases: [promise: string, change: object, field: string, text: RegExp][] = [
  [
    'an end before the start',
    { endTime: '2026-03-08T00:00:00Z' },
    'endTime',
    /later than startTime/,
  ],
  ['an empty window', { endTime: fine.startTime }, 'endTime', /later than startTime/],
  [
    'an end 61 s ahead',
    { endTime: '2026-03-10T12:01:01Z' },
    'endTime',
    /in the future.*has passed/,
  ],
  ['91 days', { startTime: '2025-12-09T00:00:00Z' }, 'endTime', /at most 2160 hours/],
  ['an unknown column', { columns: ['time', 'no_such'] }, 'columns', /'no_such'/],
  ['a column that ads lack', { type: 'ADS', columns: ['state'] }, 'columns', /of ADS: 'state'/],
  ['a column of ads alone', { columns: ['adDuration'] }, 'columns', /of SESSIONS: 'adDuration'/],
  ['a path that climbs', { output: { outputPath: 'a/../..' } }, 'output.outputPath', /\.\./],
]
for (const [promise, change, field, text] of cases)
  test(`${promise} is a mistake that names its member`, () => {
    const mistakes = findMistakes({ ...fine, ...change }, now)
    assert.deepEqual(
      mistakes.map((mistake) => mistake.field),
      [field],
    )
    assert.match(mistakes[0]?.text ?? '', text)
  })

test('all mistakes come at once', () => {
  const body = {
    ...fine,
    endTime: '2020-01-01T00:00:00Z',
    columns: ['no_such'],
    output: { outputPath: '' },
  }
  const fields = findMistakes(body, now).map(({ field }) => field)
  assert.deepEqual(fields, ['endTime', 'columns', 'output.outputPath'])
})

test('members of a wrong type are left to the schema', () => {
  const body = { startTime: 5, endTime: {}, columns: [3, null], type: 7, output: 'x' }
  assert.deepEqual(findMistakes(body, now), [])
  for (const nothing of [undefined, null, 'text', []])
    assert.deepEqual(findMistakes(nothing, now), [])
})

test('a window of 90 days, an end a minute ahead and columns in any spelling are fine', () => {
  const body = {
    ...fine,
    startTime: '2025-12-10T12:01:00Z',
    endTime: '2026-03-10T12:01:00Z',
    columns: ['time', 'impressionId', 'VIDEO_STARTUPTIME'],
  }
  assert.deepEqual(findMistakes(body, now), [])
})
