import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { TransientError } from '#errors'
import { resolveColumns } from '#samples'
import { openTestApi, type TestApi } from '#testing'
import { findLicenseByKey, licenseRoutes } from './licenses.ts'

const plays = new Map<string, number>()
let isStoreDown = false
let api: TestApi

before(async () => {
  const countPlays = async () => {
    if (isStoreDown) throw new TransientError('SAMPLES_UNAVAILABLE', 'No.')
    return plays
  }
  api = await openTestApi({
    now: () => new Date('2026-03-10T12:00:00Z'),
    routesOf: ({ database, samples }) => [
      licenseRoutes({ database, samples: { ...samples, countPlays } }),
    ],
  })
})
after(() => api[Symbol.asyncDispose]())

const newOrganization = () => api.newOrganization()

function call(organization: string, request: string, body?: object) {
  return api.call(organization, request.replace(' ', ' analytics/'), body)
}

async function made(organization: string, request: string, body: object) {
  const { status, result, message } = await call(organization, request, body)
  assert.equal(status, 201, message)
  return result
}

const newLicense = (organization: string, more: object = {}) =>
  made(organization, 'POST licenses', { name: 'web', timeZone: 'UTC', ...more })

test('a second organization gets NOT_FOUND for each verb, in the words for what never was', async () => {
  const [owner, other] = [await newOrganization(), await newOrganization()]
  const license = await newLicense(owner)
  const domain = await made(owner, `POST licenses/${license.id}/domains`, { url: 'aurora.example' })
  const virtual = await made(owner, 'POST virtual-licenses', {
    name: 'all',
    timezone: 'UTC',
    licenses: [{ id: license.id }],
  })
  const mine = await newLicense(other)
  const body = { name: 'mine', timezone: 'UTC', licenses: [{ id: mine.id }] }
  const unknown = randomUUID()
  const requests: [request: string, id: string, body?: object][] = [
    ['GET licenses/ID', license.id],
    ['PUT licenses/ID', license.id, { name: 'mine' }],
    ['GET licenses/ID/domains', license.id],
    ['GET licenses/ID/samples', license.id],
    [
      'GET licenses/ID/sample-hours?start=2026-03-10T00:00:00Z&end=2026-03-11T00:00:00Z',
      license.id,
    ],
    ['POST licenses/ID/domains', license.id, { url: 'mine.example' }],
    [`DELETE licenses/ID/domains/${domain.id}`, license.id],
    [`DELETE licenses/${mine.id}/domains/ID`, domain.id],
    ['GET virtual-licenses/ID', virtual.id],
    ['PUT virtual-licenses/ID', virtual.id, body],
    ['DELETE virtual-licenses/ID', virtual.id],
    ['POST virtual-licenses', license.id, { ...body, licenses: [{ id: 'ID' }] }],
    ['POST virtual-licenses', license.licenseKey, { ...body, licenses: [{ licenseKey: 'ID' }] }],
    ['POST virtual-licenses', license.id, { ...body, licenses: [{ id: 'ID', orgId: owner }] }],
  ]
  for (const [request, id, sent] of requests) {
    const wordsFor = async (named: string) => {
      const filled = sent && JSON.parse(JSON.stringify(sent).replaceAll('ID', named))
      const { status, message } = await call(other, request.replace('ID', named), filled)
      assert.equal(status, 404, request)
      assert(message.includes(named), message)
      return message.replaceAll(named, 'ID')
    }
    assert.equal(await wordsFor(id), await wordsFor(unknown), request)
  }
  assert.equal((await call(other, 'GET virtual-licenses')).result.totalCount, 0)
  const { result } = await call(owner, `GET licenses/${license.id}`)
  assert.deepEqual([result.name, result.domains], ['web', [domain]])
})

test('every mistake of a change is named, and nothing is changed', async () => {
  const organization = await newOrganization()
  const license = await newLicense(organization)
  const { status, details } = await call(organization, `PUT licenses/${license.id}`, {
    name: '',
    timeZone: 'Mars/Olympus',
    ignoreDNT: 'yes',
    retentionTime: 'P0D',
    customDataFieldLabels: { customData101: 'too far' },
    domains: [{ url: '' }],
  })
  assert.equal(status, 400)
  assert.deepEqual(details.map(({ field }: { field: string }) => field).sort(), [
    'customDataFieldLabels',
    'domains.0.url',
    'ignoreDNT',
    'name',
    'retentionTime',
    'timeZone',
  ])
  assert.deepEqual((await call(organization, `GET licenses/${license.id}`)).result, license)
})

test('a change keeps what it does not name, and the whole license sent again changes nothing', async () => {
  const organization = await newOrganization()
  const license = await newLicense(organization, {
    domains: [{ url: 'aurora.example' }],
    customDataFieldLabels: { customData1: 'tier', customData100: 'last' },
    industry: 'Sports',
    retentionTime: 'P30D',
  })
  const put = async (body: object) =>
    (await call(organization, `PUT licenses/${license.id}`, body)).result
  assert.deepEqual(await put(license), license)
  const changed = await put({ ignoreDNT: true, timeZone: 'Europe/Vienna' })
  assert.deepEqual(changed, { ...license, ignoreDNT: true, timeZone: 'Europe/Vienna' })
  const { domains } = await put({
    domains: [{ url: 'kids.example' }, { url: 'aurora.example' }],
  })
  assert.deepEqual(domains[1], license.domains[0])
})

test('players meet a changed license at once', async () => {
  const organization = await newOrganization()
  const { id, licenseKey } = await newLicense(organization)
  const seen = async () => {
    const license = await findLicenseByKey(api.database, licenseKey)
    return [license?.ignoreDNT, license?.domains]
  }
  assert.deepEqual(await seen(), [false, []])
  await call(organization, `PUT licenses/${id}`, { ignoreDNT: true })
  assert.deepEqual(await seen(), [true, []])
  const domain = await made(organization, `POST licenses/${id}/domains`, { url: 'a.example' })
  assert.deepEqual(await seen(), [true, ['a.example']])
  await call(organization, `DELETE licenses/${id}/domains/${domain.id}`)
  assert.deepEqual(await seen(), [true, []])
})

test('domains that are added at once are all there; one twice is refused', async () => {
  const organization = await newOrganization()
  const { id } = await newLicense(organization)
  const urls = ['a.example', 'b.example', 'c.example']
  await Promise.all(urls.map((url) => made(organization, `POST licenses/${id}/domains`, { url })))
  const { result } = await call(organization, `GET licenses/${id}/domains`)
  assert.deepEqual(result.domains.map(({ url }: { url: string }) => url).sort(), urls)
  const again = await call(organization, `POST licenses/${id}/domains`, { url: 'a.example' })
  assert.equal(again.status, 409)
})

test('impressions are those that were played, and absent while nobody can count them', async () => {
  const organization = await newOrganization()
  const license = await newLicense(organization)
  assert.equal(license.impressions, 0)
  plays.set(license.licenseKey, 7)
  const impressions = async () =>
    (await call(organization, `GET licenses/${license.id}`)).result.impressions
  assert.equal(await impressions(), 7)
  isStoreDown = true
  assert.equal(await impressions(), undefined)
  isStoreDown = false
  const { result } = await call(organization, 'GET licenses')
  assert.equal(result.items[0].impressions, 7)
})

test('a virtual license has its licenses in order, each once, and lives without them changing', async () => {
  const organization = await newOrganization()
  const [web, tv] = [
    await newLicense(organization, { retentionTime: 'P30D' }),
    await newLicense(organization, { retentionTime: 'P60D' }),
  ]
  const created = await made(organization, 'POST virtual-licenses', {
    name: 'all',
    timezone: 'Europe/Vienna',
    customDataFieldLabels: { customData1: 'tier' },
    licenses: [{ licenseKey: tv.licenseKey, orgId: organization }, { id: web.id }, { id: tv.id }],
  })
  assert.deepEqual(
    created.licenses.map(({ id }: { id: string }) => id),
    [tv.id, web.id],
  )
  assert.equal(created.retentionTime, 'P30D')
  const put = await call(organization, `PUT virtual-licenses/${created.id}`, {
    name: 'fewer',
    timezone: 'UTC',
    licenses: [{ id: web.id, licenseKey: web.licenseKey }],
  })
  const { result } = await call(organization, `GET virtual-licenses/${created.id}`)
  assert.deepEqual(result, put.result)
  assert.deepEqual([result.name, result.timezone, result.licenses.length], ['fewer', 'UTC', 1])
  assert.deepEqual((await call(organization, 'GET virtual-licenses')).result.items, [result])
  assert.deepEqual((await call(organization, `DELETE virtual-licenses/${created.id}`)).result, {
    id: created.id,
  })
  assert.equal((await call(organization, `GET virtual-licenses/${created.id}`)).status, 404)
  assert.equal((await call(organization, `GET licenses/${web.id}`)).status, 200)
})

test('virtual licenses are listed while one of them is deleted', async () => {
  const organization = await newOrganization()
  const license = await newLicense(organization)
  const body = { name: 'all', timezone: 'UTC', licenses: [{ id: license.id }] }
  const ids: string[] = []
  for (let count = 0; count < 5; count += 1)
    ids.push((await made(organization, 'POST virtual-licenses', body)).id)
  const [listed] = await Promise.all([
    call(organization, 'GET virtual-licenses'),
    ...ids.slice(1).map((id) => call(organization, `DELETE virtual-licenses/${id}`)),
  ])
  assert.equal(listed.status, 200, listed.message)
  for (const { licenses } of listed.result.items) assert.equal(licenses.length, 1)
  assert.equal((await call(organization, 'GET virtual-licenses')).result.totalCount, 1)
})

test('licenses of a virtual license that are named by nothing, or by two things, are refused', async () => {
  const organization = await newOrganization()
  const [web, tv] = [await newLicense(organization), await newLicense(organization)]
  const create = (licenses: object[]) =>
    call(organization, 'POST virtual-licenses', { name: 'all', timezone: 'UTC', licenses })
  const unnamed = await create([{ id: web.id }, { name: 'web' }])
  assert.deepEqual(
    [unnamed.status, unnamed.details.map(({ field }: { field: string }) => field)],
    [400, ['licenses.1']],
  )
  assert.equal((await create([])).status, 400)
  assert.equal((await create([{ id: web.id, licenseKey: tv.licenseKey }])).status, 404)
})

test('samples are counted hour by hour, closed or not, and the newest rows are shown with their columns', async () => {
  const owner = await newOrganization()
  const { id, licenseKey } = await newLicense(owner)
  const refusals = [
    ['sample-hours?start=2026-03-10T00:00:00Z&end=2026-03-10T00:00:00Z', 'end'],
    ['sample-hours?start=2025-03-10T00:00:00Z&end=2026-03-10T00:00:00Z', 'end'],
    ['samples?columns=time,password', 'columns'],
    ['samples?limit=51', 'limit'],
  ]
  for (const [path, field] of refusals) {
    const { status, details } = await call(owner, `GET licenses/${id}/${path}`)
    assert.deepEqual([status, details.map((each) => each.field)], [400, [field]], path)
  }
  const of = { licenseKey, retentionDays: 9999 }
  const backfill = await api.samples.openBackfill(of)
  const time = new Date('2026-03-10T09:59:00Z')
  await backfill.insert([
    { time, impression_id: 'closed', sequence_number: 0, duration: 7 },
    { time, impression_id: 'closed', sequence_number: 1 },
  ])
  await backfill.finish()
  await api.samples.append(of, [{ impression_id: 'open', sequence_number: 0 }])
  await api.samples.appendAds(of, [{ ad_impression_id: 'ad', body_hash: '1' }])

  const window = 'start=2026-03-10T09:30:00Z&end=2026-03-10T12:30:00Z'
  const { result } = await call(owner, `GET licenses/${id}/sample-hours?${window}`)
  const hour = (at: number, samples: number, adSamples: number, isClosed: boolean) => ({
    startTime: `2026-03-10T${String(at).padStart(2, '0')}:00:00.000Z`,
    ...{ samples, adSamples, isClosed },
  })
  assert.deepEqual(result.hours, [
    hour(9, 2, 0, true),
    hour(10, 0, 0, true),
    hour(11, 0, 0, true),
    hour(12, 1, 1, false),
  ])

  const names = 'columns=time,IMPRESSION_ID,duration,supportedVideoCodecs'
  const rowsFor = async (query: string) => {
    const answer = await call(owner, `GET licenses/${id}/samples?${query}`)
    assert.equal(answer.status, 200, answer.message)
    return answer.result
  }
  const { columns, rows } = await rowsFor(`${names}&limit=2`)
  const { columns: described } = (await call(owner, 'GET columns')).result
  assert.deepEqual(
    columns,
    ['time', 'impression_id', 'duration', 'supported_video_codecs'].map((name) =>
      described.find((each: { name: string }) => each.name === name),
    ),
  )
  const { time: at, ...open } = rows[0]
  assert.match(at, /^2026-03-10T12:\d\d:\d\d\.\d{3}Z$/)
  assert.deepEqual(open, { impression_id: 'open', duration: null, supported_video_codecs: [] })
  assert.deepEqual([rows.length, rows[1].impression_id], [2, 'closed'])
  const before = await rowsFor(`${names}&end=2026-03-10T12:00:00Z&limit=1`)
  assert.deepEqual(before.rows, [
    { time: time.toISOString(), impression_id: 'closed', duration: 7, supported_video_codecs: [] },
  ])
  assert.equal((await rowsFor('type=ADS')).rows[0].ad_impression_id, 'ad')

  const measure = (fileFormat: 'CSV' | 'PARQUET', compression: 'NONE' | 'GZIP' | 'ZSTD') => {
    const resolved = resolveColumns(['impression_id', 'sequence_number'])
    assert('columns' in resolved)
    const within = { start: time, end: new Date('2026-03-10T13:00:00Z') }
    return api.samples.measureNewestRows({
      ...{ licenseKeys: [licenseKey], window: within, type: 'SESSIONS', limit: 2 },
      ...{ columns: resolved.columns, fileFormat, compression },
    })
  }
  const text = '"impression_id","sequence_number"\n"open",0\n"closed",0\n'
  assert.deepEqual(await measure('CSV', 'NONE'), { rows: 2, bytes: text.length })
  assert.equal((await measure('CSV', 'GZIP')).bytes, gzipSync(text).length)
  assert.equal((await measure('PARQUET', 'ZSTD')).rows, 2)
})
