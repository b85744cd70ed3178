import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  definitionOf,
  hoursOf,
  keyPrefixOf,
  longestKeyBytes,
  mistakeOfPath,
  planFiles,
} from './plan.ts'

const window = (start: string, end: string) => ({ start: new Date(start), end: new Date(end) })

describe('a path that leaves its folder or no tool can handle is refused', () => {
  const cases: [path: string, mistake: RegExp][] = [
    ['', /empty/],
    ['   ', /empty/],
    ['/day', /relative/],
    ['//day', /relative/],
    ['..', /folder/],
    ['../other', /folder/],
    ['a/../../b', /folder/],
    ['a/..', /folder/],
    ['./a', /folder/],
    ['a\\b', /backslash/],
    ['..\\b', /backslash/],
    ['a\nb', /control/],
    ['a\u0000', /control/],
    ['a\u0085b', /control/],
    ['\ud800', /Unicode/],
  ]
  for (const [path, mistake] of cases)
    test(JSON.stringify(path), () => assert.match(mistakeOfPath(path) ?? 'no mistake', mistake))
  for (const path of ['a', 'a/b/', 'a//b', 'a..b/c...', 'größe/日本', 'year=2026/x y'])
    test(`but ${path} is fine`, () => assert.equal(mistakeOfPath(path), undefined))
})

test('the key prefix has one slash between its parts and one at its end', () => {
  assert.equal(keyPrefixOf(undefined, 'a'), 'a/')
  assert.equal(keyPrefixOf('sluice/', 'a//b/'), 'sluice/a/b/')
  assert.equal(keyPrefixOf('sluice', 'a'), 'sluice/a/')
})

test('the longest key is counted in bytes of UTF-8', () => {
  assert.equal(longestKeyBytes('ä/'), 3 + 'manifest-'.length + 36 + '.json'.length)
})

test('an hour begins where the one before it ends, and first and last may be cut', () => {
  const hours = hoursOf(window('2026-03-01T22:30:15Z', '2026-03-02T00:10:00Z'))
  assert.deepEqual(hours, [
    window('2026-03-01T22:30:15Z', '2026-03-01T23:00:00Z'),
    window('2026-03-01T23:00:00Z', '2026-03-02T00:00:00Z'),
    window('2026-03-02T00:00:00Z', '2026-03-02T00:10:00Z'),
  ])
})

test('a day has 24 files and a manifest, named in UTC, the manifest last', () => {
  const task = {
    id: '0e4f6a1c-0000-4000-8000-000000000000',
    window: window('2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z'),
    fileFormat: 'PARQUET' as const,
    keyPrefix: 'out/',
  }
  const files = planFiles(task)
  assert.equal(files.length, 25)
  assert.equal(files[0]?.objectKey, 'out/2026-03-01-00-00.parquet')
  assert.equal(files[23]?.objectKey, 'out/2026-03-01-23-00.parquet')
  assert.equal(files[24]?.objectKey, 'out/manifest-0e4f6a1c-0000-4000-8000-000000000000.json')
  assert.equal(files[24]?.window, undefined)
  assert.deepEqual(planFiles(task), files)
})

test('a file that starts inside an hour says so in its name', () => {
  const task = {
    id: 'id',
    window: window('2026-03-01T10:30:00Z', '2026-03-01T10:45:00Z'),
    fileFormat: 'CSV' as const,
    keyPrefix: '',
  }
  assert.equal(planFiles(task)[0]?.objectKey, '2026-03-01-10-30.csv')
})

test('a definition changes with everything that changes the bytes', () => {
  const task = {
    licenseKeys: ['l'],
    type: 'SESSIONS',
    columns: ['time', 'page_load_time'],
    fileFormat: 'CSV' as const,
    window: window('2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z'),
  }
  const others = [
    { ...task, licenseKeys: ['m'] },
    { ...task, licenseKeys: ['l', 'm'] },
    { ...task, type: 'ADS' },
    { ...task, columns: ['page_load_time', 'time'] },
    { ...task, fileFormat: 'PARQUET' as const },
    { ...task, window: window('2026-03-01T00:00:00Z', '2026-03-02T00:00:01Z') },
  ]
  assert.equal(definitionOf({ ...task }), definitionOf(task))
  assert.equal(new Set([task, ...others].map(definitionOf)).size, 7)
})
