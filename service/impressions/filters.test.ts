import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FilterOperator } from '#samples'
import { readFilters } from './filters.ts'

const refused: [name: string, operator: FilterOperator, value: unknown, field: string][] = [
  ['NO_SUCH', 'EQ', 1, 'name'],
  ['ERROR_PERCENTAGE', 'GT', 0.5, 'name'],
  ['IS_LIVE', 'GT', true, 'operator'],
  ['IS_LIVE', 'EQ', 'true', 'value'],
  ['COUNTRY', 'LT', 'AT', 'operator'],
  ['COUNTRY', 'EQ', 5, 'value'],
  ['PLAYED', 'CONTAINS', '5', 'operator'],
  ['PLAYED', 'GT', 1.5, 'value'],
  ['PLAYED', 'GT', undefined, 'value'],
  ['PLAYED', 'IN', [1, 'two'], 'value'],
  ['TIME', 'GT', -1, 'value'],
  ['SUPPORTED_VIDEO_CODECS', 'EQ', 'av1', 'operator'],
]
for (const [name, operator, value, field] of refused)
  test(`${name} ${operator} ${JSON.stringify(value)} is a mistake of its ${field}`, () => {
    const read = readFilters([
      { name: 'played', operator: 'EQ', value: 1 },
      { name, operator, value },
    ])
    assert('mistakes' in read)
    assert.deepEqual(
      read.mistakes.map((mistake) => mistake.field),
      [`filters.1.${field}`],
    )
  })

const taken: [name: string, operator: FilterOperator, value: unknown, read: unknown][] = [
  ['videoStartuptime', 'GT', '0', 0],
  ['VIDEO_STARTUPTIME', 'IN', ['1', 2], [1, 2]],
  ['cdn_provider', 'EQ', null, null],
  ['CDN_PROVIDER', 'NE', undefined, null],
  ['COUNTRY', 'IN', undefined, []],
  ['CLIENT_TIME', 'LTE', 1000, new Date(1000)],
  ['IS_LIVE', 'NE', true, true],
  ['SUPPORTED_VIDEO_CODECS', 'CONTAINS', 'av1', 'av1'],
]
for (const [name, operator, value, expected] of taken)
  test(`${name} ${operator} ${JSON.stringify(value)} is read`, () => {
    const read = readFilters([{ name, operator, value }])
    assert('filters' in read)
    assert.deepEqual(read.filters[0]?.value, expected)
  })
