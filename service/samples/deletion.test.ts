import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { createClient } from '@clickhouse/client'
import { openTestApi, type TestApi } from '#testing'
import {
  type PersonRef,
  type PinnedHour,
  resolveColumns,
  type Sample,
  type SampleType,
} from './samples.ts'

const HOUR_MS = 3_600_000
const H = new Date('2026-03-01T10:00:00Z')
const at = (hours: number) => new Date(H.getTime() + hours * HOUR_MS)
let now = at(0.1)
let api: TestApi
before(async () => {
  api = await openTestApi({ now: () => now, routesOf: () => [] })
})
after(() => api[Symbol.asyncDispose]())

const newLicense = () => ({ licenseKey: randomUUID(), retentionDays: 3650 })
const row = (impression_id: string, sequence_number: number, more: Sample = {}): Sample => ({
  impression_id,
  sequence_number,
  ...more,
})

async function deletePerson(person: PersonRef) {
  const { deletions } = api.samples
  const found = []
  for (;;) {
    const rows = await deletions.find(person)
    if (rows === undefined) break
    found.push(rows)
    await deletions.delete(person, rows)
  }
  await deletions.finish([person.licenseKey])
  return found
}

async function read(hour: PinnedHour, type: SampleType = 'SESSIONS'): Promise<string[]> {
  const resolved = resolveColumns([type === 'ADS' ? 'ad_impression_id' : 'impression_id'], type)
  assert('columns' in resolved)
  const { columns } = resolved
  const signal = AbortSignal.timeout(20_000)
  const packing = { fileFormat: 'CSV', compression: 'NONE' } as const
  const file = await api.samples.readHour(hour, { type, columns, ...packing, signal })
  const { open } = await import(file.source.module)
  const text = (await buffer(await open(file.source.argument, signal))).toString()
  return text.trim().replaceAll('"', '').split('\n').slice(1)
}

const pin = async (licenseKey: string, hour: number, type: SampleType = 'SESSIONS') => {
  const window = { start: at(hour), end: at(hour + 1) }
  const [pinned] = await api.samples.pinHours([licenseKey], window, type)
  assert(pinned)
  return pinned
}

/** Rows that say of others that they were sent before. No answer tells of them. */
async function countDuplicates(licenseKey: string): Promise<number> {
  const { url, username, password, database } = api.clickhouse
  await using client = createClient({ url, username, password, database })
  const answer = await client.query({
    query: `SELECT toUInt32(count()) AS count FROM (
      SELECT license_key FROM sample_duplicates UNION ALL SELECT license_key FROM ad_sample_duplicates)
      WHERE license_key = {license:String}`,
    query_params: { license: licenseKey },
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ count: number }>()
  return row?.count ?? 0
}

test('a person’s impressions are gone whole, from samples, ads and errors, and the others stay', async () => {
  const [license, other] = [newLicense(), newLicense()]
  const { licenseKey } = license
  now = at(0.2)
  await api.samples.append(license, [
    row("p'1\\", 0),
    row("p'1\\", 1, { user_id: 'person' }),
    row('q', 0, { user_id: 'another', custom_user_id: 'person' }),
  ])
  await api.samples.append(other, [row("p'1\\", 0, { user_id: 'person' })])
  await api.samples.appendAds(license, [
    { ad_impression_id: 'of p', video_impression_id: "p'1\\", body_hash: 'a' },
    { ad_impression_id: 'alone', user_id: 'person', body_hash: 'b' },
    { ad_impression_id: 'of q', video_impression_id: 'q', body_hash: 'c' },
  ])
  await api.samples.appendErrorDetails(license, [
    { impression_id: "p'1\\", error_id: 0 },
    { impression_id: 'q', error_id: 0 },
  ])
  now = at(1.3)
  await api.closeUntil(at(1))
  const old = await pin(licenseKey, 0)
  const found = await deletePerson({ licenseKey, by: 'user_id', id: 'person' })
  assert.deepEqual(
    found.map(({ impressions, samples, ads, errorDetails }) => [
      impressions,
      samples,
      ads,
      errorDetails,
    ]),
    [[["p'1\\"], 2, 2, 1]],
  )
  assert.deepEqual(
    found[0]?.hours.map(({ type, hour, storedFrom }) => [type, hour, storedFrom]),
    [
      ['SESSIONS', at(0), at(0.2)],
      ['ADS', at(0), at(0.2)],
    ],
  )
  assert.deepEqual(await read(await pin(licenseKey, 0)), ['q'])
  assert.deepEqual(await read(await pin(licenseKey, 0, 'ADS'), 'ADS'), ['of q'])
  assert.deepEqual(await read(await pin(other.licenseKey, 0)), ["p'1\\"])
  const { impressions } = api.samples
  const ref = { licenseKeys: [licenseKey], impressionId: "p'1\\" }
  for (const left of [
    await impressions.readSamples(ref),
    await impressions.readAds(ref),
    await impressions.readErrorDetails(ref),
  ])
    assert.deepEqual(left, [])
  assert.equal((await impressions.readErrorDetails({ ...ref, impressionId: 'q' })).length, 1)
  await assert.rejects(read(old), { code: 'SAMPLES_INCOMPLETE' })
  assert.deepEqual(await read((await api.samples.pinAgain(old, 'SESSIONS')) ?? old), ['q'])
})

test('an hour that lost all its rows is an hour without rows; twice is once', async () => {
  const license = newLicense()
  const { licenseKey } = license
  const hour = Math.ceil((now.getTime() - H.getTime()) / HOUR_MS)
  now = at(hour + 0.1)
  const ad = { ad_impression_id: 'a', video_impression_id: 'only', body_hash: 'h' }
  await api.samples.append(license, [row('only', 0, { custom_user_id: 'person' })])
  await api.samples.appendAds(license, [ad])
  now = at(hour + 1.2)
  await api.samples.append(license, [row('only', 1, { custom_user_id: 'person' }), row('only', 0)])
  await api.samples.appendAds(license, [ad])
  await api.samples.append(license, [row('stays', 0)])
  now = at(hour + 2.3)
  await api.closeUntil(at(hour + 2))
  const person = { licenseKey, by: 'custom_user_id', id: 'person' } as const
  assert.equal(await countDuplicates(licenseKey), 2)
  const [found, ...more] = await deletePerson(person)
  assert.deepEqual([found?.samples, found?.ads, found?.hours.length, more], [3, 2, 4, []])
  assert.equal(await countDuplicates(licenseKey), 0)
  const [first, second] = [await pin(licenseKey, hour), await pin(licenseKey, hour + 1)]
  assert.deepEqual([await read(first), await read(second)], [[], ['stays']])
  assert.equal(first.licenses[0]?.revision, 2)
  assert.deepEqual(await deletePerson(person), [])
  assert.deepEqual(await pin(licenseKey, hour), first)
  assert.equal(await api.samples.pinAgain(first, 'SESSIONS'), undefined)
})

test('an hour that is still open closes without the rows', async () => {
  const license = newLicense()
  const { licenseKey } = license
  const hour = Math.ceil((now.getTime() - H.getTime()) / HOUR_MS)
  now = at(hour + 0.1)
  await api.samples.append(license, [row('goes', 0), row('stays', 0)])
  assert.equal((await deletePerson({ licenseKey, by: 'impression_id', id: 'goes' })).length, 1)
  now = at(hour + 1.2)
  await api.closeUntil(at(hour + 1))
  assert.deepEqual(await read(await pin(licenseKey, hour)), ['stays'])
})

test('a person of hundreds of impressions is deleted in several steps', async () => {
  const license = newLicense()
  const { licenseKey } = license
  const rows = Array.from({ length: 250 }, (_, index) =>
    row(`${index}-${'i'.repeat(120)}`, 0, { user_id: 'person' }),
  )
  await api.samples.append(license, rows)
  const found = await deletePerson({ licenseKey, by: 'user_id', id: 'person' })
  assert.deepEqual(
    found.map(({ samples }) => samples),
    [100, 100, 50],
  )
})
