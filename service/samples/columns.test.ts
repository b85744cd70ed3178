import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mistakeOfValue, storedTypeOf } from './column.ts'
import { sampleColumns } from './columns.ts'
import { resolveColumns } from './resolve-columns.ts'
import { columnsOf, sampleTables } from './tables.ts'

test('unknown names are told all at once', () => {
  assert.deepEqual(resolveColumns(['time', 'viewtime', 'ip_address', 'Video_Id', '']), {
    unknown: ['viewtime', 'ip_address', 'Video_Id', ''],
  })
})

test('an IP address has no column', () => {
  const names = sampleTables.flatMap(columnsOf).map((column) => column.name)
  assert.ok(!names.some((name) => name.includes('ip_address')))
})

test('a column is named once, in snake_case', () => {
  for (const table of sampleTables) {
    const names = columnsOf(table).map((column) => column.name)
    assert.equal(new Set(names).size, names.length)
    for (const name of names) assert.match(name, /^[a-z0-9]+(_[a-z0-9]+)*$/)
  }
})

test('names are taken in snake_case, camelCase and UPPER_CASE, in the order given', () => {
  const resolved = resolveColumns(['VIDEO_STARTUPTIME', 'm3u8Url', 'custom_data_1', 'customData1'])
  assert.ok('columns' in resolved)
  assert.deepEqual(
    resolved.columns.map((column) => column.name),
    ['video_startuptime', 'm3u8_url', 'custom_data_1'],
  )
})

test('an export of ads has columns of ads alone', () => {
  assert.deepEqual(resolveColumns(['sequence_number', 'body_hash'], 'ADS'), {
    unknown: ['sequence_number', 'body_hash'],
  })
  const resolved = resolveColumns(['AD_SKIP_AFTER', 'quartile1', 'adWrapperAdsCount'], 'ADS')
  assert.ok('columns' in resolved)
  assert.deepEqual(
    resolved.columns.map((column) => column.name),
    ['ad_skip_after', 'quartile_1', 'ad_wrapper_ads_count'],
  )
})

test('without names all columns are exported, in the documented order', () => {
  assert.deepEqual(resolveColumns(undefined), { columns: sampleColumns })
  assert.deepEqual(resolveColumns([]), { columns: sampleColumns })
})

test('only the key’s columns are always there', () => {
  for (const table of sampleTables) {
    const all = columnsOf(table).filter((column) => !/Nullable|Array/.test(storedTypeOf(column)))
    const names = all.map((column) => column.name)
    assert.deepEqual(
      names.sort(),
      ['license_key', 'time', ...table.key.map(({ name }) => name)].sort(),
    )
  }
})

test('a value is refused that its column cannot hold', () => {
  const mistakeIn = (name: string, value: Parameters<typeof mistakeOfValue>[1]) => {
    const column = sampleColumns.find((each) => each.name === name)
    assert.ok(column)
    return mistakeOfValue(column, value)
  }
  assert.equal(mistakeIn('impression_id', null), 'must be given')
  assert.equal(mistakeIn('impression_id', 7), 'must be a text')
  assert.equal(mistakeIn('duration', 1.5), 'must be a whole number below 2^53')
  assert.equal(mistakeIn('duration', 2 ** 53), 'must be a whole number below 2^53')
  assert.equal(mistakeIn('is_live', 1), 'must be true or false')
  assert.equal(mistakeIn('time', new Date(Number.NaN)), 'must be an instant from 1970 to 2199')
  assert.equal(mistakeIn('supported_video_codecs', 'avc'), 'must be a list of texts')
  assert.equal(mistakeIn('supported_video_codecs', undefined), undefined)
  assert.equal(mistakeIn('duration', undefined), undefined)
  assert.equal(mistakeIn('duration', -1), undefined)
})

test('each member of a collector’s sample fills one column', () => {
  for (const table of sampleTables) {
    const wires = columnsOf(table).flatMap(({ wire }) => wire ?? [])
    assert.equal(new Set(wires).size, wires.length)
  }
})
