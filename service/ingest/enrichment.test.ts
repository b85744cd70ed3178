import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEnrichment } from './enrichment.ts'
import type { SampleRow } from './wire-members.ts'

const PIXEL =
  'Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36'
const enrich = createEnrichment({ find: () => ({ country: 'AT' }) })
const enriched = (row: SampleRow) => {
  enrich(row, { userAgent: PIXEL, address: '203.0.113.7' })
  return row
}

test('what a player says about itself stays, and the address is nowhere', () => {
  const row = enriched({ device_type: 'Stick', device_class: 'TV', country: 'XX' })
  assert.deepEqual(
    [row.device_type, row.device_class, row.country, row.browser],
    ['Stick', 'TV', 'XX', 'Chrome'],
  )
  assert.doesNotMatch(JSON.stringify(row), /203\.0\.113/)
})

for (const [operatingsystem, major] of [
  ['tvOS', undefined],
  ['Android', '14'],
  [undefined, '14'],
] as const)
  test(`a player on ${operatingsystem} has the version ${major}`, () => {
    const row = enriched(operatingsystem === undefined ? {} : { operatingsystem })
    assert.equal(row.operatingsystem_version_major, major)
  })

for (const [width, height, orientation] of [
  [1080, 1920, 'PORTRAIT'],
  [1920, 1080, 'LANDSCAPE'],
  [1, 1, 'UNKNOWN'],
  [null, 1, undefined],
] as const)
  test(`a screen of ${width} by ${height} is ${orientation}`, () => {
    const row = enriched({ screen_width: width, screen_height: height })
    assert.equal(row.screen_orientation, orientation)
  })
