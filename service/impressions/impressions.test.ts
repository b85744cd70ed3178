import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { licenseRoutes } from '#licenses'
import type { Sample } from '#samples'
import { openTestApi, type TestApi } from '#testing'
import { impressionRoutes } from './impressions.ts'

const HOUR_MS = 3_600_000
let now = new Date('2026-03-10T12:00:00Z')
let api: TestApi
before(async () => {
  api = await openTestApi({
    now: () => now,
    routesOf: (parts) => [licenseRoutes(parts), impressionRoutes(parts)],
  })
})
after(() => api[Symbol.asyncDispose]())

async function newLicense(organization: string) {
  const body = { name: 'web', timeZone: 'UTC', retentionTime: 'P9999D' }
  const { result } = await api.call(organization, 'POST analytics/licenses', body)
  return { licenseKey: String(result.licenseKey), retentionDays: 9999 }
}

const row = (impression_id: string, sequence_number: number, more: Sample = {}): Sample => ({
  impression_id,
  sequence_number,
  ...more,
})

async function find(organization: string, body: object) {
  const window = { start: '2026-03-01T00:00:00Z', end: '2026-04-01T00:00:00Z' }
  const answer = await api.call(organization, 'POST analytics/impressions', { ...window, ...body })
  assert.equal(answer.status, 200, answer.message)
  return answer.result.impressions.map((each: { impressionId: string }) => each.impressionId)
}

test('a second organization gets NOT_FOUND for each verb, in the words for what never was', async () => {
  const [owner, other] = [await api.newOrganization(), await api.newOrganization()]
  const [theirs, mine] = [await newLicense(owner), await newLicense(other)]
  await api.samples.append(theirs, [row('hidden', 0)])
  const window = { start: '2026-03-01T00:00:00Z', end: '2026-04-01T00:00:00Z' }
  const paths = ['', '/hidden', '/hidden/ads', '/hidden/errors']
  const unknown = '00000000-0000-4000-8000-000000000000'
  for (const path of paths) {
    const words = []
    for (const licenseKey of [theirs.licenseKey, unknown]) {
      const request = `POST analytics/impressions${path}`
      const { status, message } = await api.call(other, request, { licenseKey, ...window })
      assert.equal(status, 404)
      words.push(message.replaceAll(licenseKey, 'KEY'))
    }
    assert.equal(words[0], words[1])
  }
  const { licenseKey } = mine
  const hidden = await api.call(other, 'POST analytics/impressions/hidden', { licenseKey })
  const never = await api.call(other, 'POST analytics/impressions/never', { licenseKey })
  assert.deepEqual(
    [hidden.status, hidden.message.replace('hidden', 'ID')],
    [404, never.message.replace('never', 'ID')],
  )
  assert.deepEqual(await find(other, { licenseKey }), [])
  for (const [path, empty] of [
    ['ads', []],
    ['errors', { errorDetails: [] }],
  ] as const) {
    const request = `POST analytics/impressions/hidden/${path}`
    assert.deepEqual((await api.call(other, request, { licenseKey })).result, empty)
  }
})

test('every mistake of a query is named', async () => {
  const organization = await api.newOrganization()
  const { licenseKey } = await newLicense(organization)
  const { status, details } = await api.call(organization, 'POST analytics/impressions', {
    licenseKey,
    start: '2026-04-01T00:00:00Z',
    end: '2026-03-01T00:00:00Z',
    filters: [
      { name: 'NO_SUCH', operator: 'EQ', value: 1 },
      { name: 'COUNTRY', operator: 'GT', value: 'AT' },
    ],
  })
  assert.equal(status, 400)
  const fields = ['end', 'filters.0.name', 'filters.1.operator']
  assert.deepEqual(
    details.map(({ field }) => field),
    fields,
  )
})

test('impressions are found by what one of their samples says, the last seen first', async () => {
  const organization = await api.newOrganization()
  const license = await newLicense(organization)
  const { licenseKey } = license
  now = new Date('2026-03-10T12:00:00Z')
  await api.samples.append(license, [
    row('austria', 0, { country: 'AT', played: 0, is_live: false }),
    row('austria', 1, { country: 'AT', played: 100, supported_video_codecs: ['avc', 'av1'] }),
    row('nowhere', 0, { played: 7 }),
  ])
  now = new Date('2026-03-10T12:00:01Z')
  await api.samples.append(license, [row('brazil', 0, { country: "B'R", played: 50 })])
  const cases: [filters: object[], found: string[]][] = [
    [[], ['brazil', 'austria', 'nowhere']],
    [[{ name: 'COUNTRY', operator: 'EQ', value: "B'R" }], ['brazil']],
    [[{ name: 'country', operator: 'NE', value: 'AT' }], ['brazil', 'nowhere']],
    [[{ name: 'COUNTRY', operator: 'EQ' }], ['nowhere']],
    [[{ name: 'COUNTRY', operator: 'NE', value: null }], ['brazil', 'austria']],
    [[{ name: 'COUNTRY', operator: 'IN', value: ['AT', 'DE'] }], ['austria']],
    [[{ name: 'COUNTRY', operator: 'IN' }], []],
    [[{ name: 'COUNTRY', operator: 'CONTAINS', value: 'A' }], ['austria']],
    [[{ name: 'COUNTRY', operator: 'NOTCONTAINS', value: 'A' }], ['brazil', 'nowhere']],
    [[{ name: 'PLAYED', operator: 'GTE', value: '50' }], ['brazil', 'austria']],
    [[{ name: 'PLAYED', operator: 'IN', value: [7, '50'] }], ['brazil', 'nowhere']],
    [[{ name: 'IS_LIVE', operator: 'EQ', value: false }], ['austria']],
    [[{ name: 'SUPPORTED_VIDEO_CODECS', operator: 'CONTAINS', value: 'av1' }], ['austria']],
    [[{ name: 'TIME', operator: 'GT', value: Date.parse('2026-03-10T12:00:00Z') }], ['brazil']],
    [
      [
        { name: 'COUNTRY', operator: 'EQ', value: 'AT' },
        { name: 'PLAYED', operator: 'LT', value: 1 },
        { name: 'SEQUENCE_NUMBER', operator: 'EQ', value: 1 },
      ],
      [],
    ],
  ]
  for (const [filters, found] of cases)
    assert.deepEqual(
      await find(organization, { licenseKey, filters }),
      found,
      JSON.stringify(filters),
    )
  assert.deepEqual(await find(organization, { licenseKey, limit: 1 }), ['brazil'])
  const until = { end: '2026-03-10T12:00:01Z' }
  assert.deepEqual(await find(organization, { licenseKey, ...until }), ['austria', 'nowhere'])
})

test('an impression has its samples once and in the order of the player, by virtual license too', async () => {
  const organization = await api.newOrganization()
  const [web, tv] = [await newLicense(organization), await newLicense(organization)]
  now = new Date('2026-03-11T12:00:00Z')
  await api.samples.append(web, [
    row('i', 1, { client_time: new Date('2026-03-11T11:59:00Z'), is_live: true, played: 2 ** 52 }),
    row('i', 0, { custom_data_1: 'gold' }),
  ])
  now = new Date(now.getTime() + 2 * HOUR_MS)
  await api.samples.append(web, [row('i', 1, { played: 5 })])
  await api.samples.append(tv, [row('j', 0)])
  const samplesOf = async (licenseKey: string, id: string) => {
    const request = `POST analytics/impressions/${id}`
    const { result, status } = await api.call(organization, request, { licenseKey })
    return status === 200 ? result : status
  }
  const [first, second, ...more] = await samplesOf(web.licenseKey, 'i')
  assert.deepEqual(
    [first.sequence_number, first.custom_data_1, first.license_key, more],
    [0, 'gold', web.licenseKey, []],
  )
  const { time, client_time, is_live, played, country } = second
  assert.deepEqual(
    { time, client_time, is_live, played, country },
    {
      time: Date.parse('2026-03-11T12:00:00Z'),
      client_time: Date.parse('2026-03-11T11:59:00Z'),
      is_live: true,
      played: 2 ** 52,
      country: null,
    },
  )
  assert.equal(await samplesOf(tv.licenseKey, 'i'), 404)
  const { result: virtual } = await api.call(organization, 'POST analytics/virtual-licenses', {
    name: 'all',
    timezone: 'UTC',
    licenses: [web, tv].map(({ licenseKey }) => ({ licenseKey })),
  })
  assert.equal((await samplesOf(virtual.id, 'i')).length, 2)
  assert.equal((await samplesOf(virtual.id, 'j')).length, 1)
  assert.deepEqual((await find(organization, { licenseKey: virtual.id })).sort(), ['i', 'j'])
})

test('an impression has its ads and its errors, each once', async () => {
  const organization = await api.newOrganization()
  const license = await newLicense(organization)
  const { licenseKey } = license
  const ad = { ad_impression_id: 'ad', video_impression_id: 'i', body_hash: 'a', midpoint: 1 }
  await api.samples.appendAds(license, [ad, { ...ad, video_impression_id: 'j', body_hash: 'b' }])
  await api.samples.appendAds(license, [ad])
  await api.samples.appendErrorDetails(license, [
    {
      impression_id: 'i',
      error_id: 1,
      client_time: new Date('2026-03-10T12:00:00Z'),
      error_code: 1000,
      error_message: 'no source',
      error_severity: 'CRITICAL',
      exception_stacktrace: ['at play'],
      http_requests: JSON.stringify([{ type: 'MANIFEST_DASH', httpStatus: 404, size: null }]),
    },
    { impression_id: 'i', error_id: 0 },
  ])
  const read = async (path: string) =>
    (await api.call(organization, `POST analytics/impressions/i/${path}`, { licenseKey })).result
  const [only, ...more] = await read('ads')
  assert.deepEqual(
    [only.ad_impression_id, only.midpoint, only.body_hash, more],
    ['ad', 1, undefined, []],
  )
  const { errorDetails } = await read('errors')
  const [bare, full] = errorDetails.map(({ time: _time, ...detail }: { time: string }) => detail)
  assert.deepEqual(bare, { errorId: 0, errorData: { exceptionStacktrace: [] }, httpRequests: [] })
  assert.deepEqual(full, {
    errorId: 1,
    clientTime: '2026-03-10T12:00:00.000Z',
    code: 1000,
    message: 'no source',
    severity: 'CRITICAL',
    errorData: { exceptionStacktrace: ['at play'] },
    httpRequests: [{ type: 'MANIFEST_DASH', httpStatus: 404 }],
  })
})
