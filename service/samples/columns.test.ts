import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mistakeOfValue, resolveColumns, sampleColumns, storedTypeOf } from './columns.ts'

test('unknown names are told all at once', () => {
  assert.deepEqual(resolveColumns(['time', 'viewtime', 'ip_address', 'Video_Id', '']), {
    unknown: ['viewtime', 'ip_address', 'Video_Id', ''],
  })
})

test('an IP address has no column', () => {
  assert.ok(!sampleColumns.some((column) => column.name.includes('ip_address')))
})

test('a column is named once, in snake_case', () => {
  const names = sampleColumns.map((column) => column.name)
  assert.equal(new Set(names).size, names.length)
  for (const name of names) assert.match(name, /^[a-z0-9]+(_[a-z0-9]+)*$/)
})

test('names are taken in snake_case, camelCase and UPPER_CASE, in the order given', () => {
  const resolved = resolveColumns(['VIDEO_STARTUPTIME', 'm3u8Url', 'custom_data_1', 'customData1'])
  assert.ok('columns' in resolved)
  assert.deepEqual(
    resolved.columns.map((column) => column.name),
    ['video_startuptime', 'm3u8_url', 'custom_data_1'],
  )
})

test('without names all columns are exported, in the documented order', () => {
  assert.deepEqual(resolveColumns(undefined), { columns: sampleColumns })
  assert.deepEqual(resolveColumns([]), { columns: sampleColumns })
})

test('only the key’s columns are always there', () => {
  const required = sampleColumns.filter((column) => !/Nullable|Array/.test(storedTypeOf(column)))
  assert.deepEqual(
    required.map((column) => column.name),
    ['license_key', 'time', 'impression_id', 'sequence_number'],
  )
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
  const wires = sampleColumns.flatMap(({ wire }) => wire ?? [])
  assert.equal(new Set(wires).size, wires.length)
})
