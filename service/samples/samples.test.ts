import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, before, type TestContext, test } from 'node:test'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { createClient } from '@clickhouse/client'
import { parquetMetadata } from 'hyparquet'
import { OutputError } from '#errors'
import { openTestClickhouse, openTestDatabase, type TestClickhouse } from '#testing'
import {
  openSamples,
  type PinnedHour,
  resolveColumns,
  type Samples,
  type SampleType,
} from './samples.ts'

const HOUR_MS = 3_600_000
const WAIT_MS_MAX = 20_000
const H = new Date('2026-03-01T10:00:00Z')
const at = (hours: number) => new Date(H.getTime() + hours * HOUR_MS)
const aurora = { licenseKey: 'aurora', retentionDays: 3650 }
const borealis = { licenseKey: 'borealis', retentionDays: 3650 }
const row = (impression_id: string, sequence_number: number) => ({ impression_id, sequence_number })

/** One for all tests, each of which has a database of its own in it: to start it costs more than most of them. */
let store: TestClickhouse
let storeDirectory: string
let databases = 0
before(async () => {
  storeDirectory = await mkdtemp(join(tmpdir(), 'samples-store-'))
  store = await openTestClickhouse({ dataDirectory: storeDirectory })
})
after(async () => {
  await store.close()
  await rm(storeDirectory, { recursive: true, force: true })
})

/** Samples on real stores, with a clock that the test moves. */
async function startSamples(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'samples-'))
  databases += 1
  const { url, username, password } = store
  const clickhouse = { url, username, password, database: `${store.database}_${databases}` }
  const database = await openTestDatabase({ dataDirectory: directory })
  let now = at(1 / 6)
  const clock = { now: () => now }
  const open = () =>
    openSamples({
      database,
      clock,
      clickhouse,
      onFault: () => {},
      leaseTerms: { leaseMs: 15_000, insertOverMs: 2_000 },
    })
  const samples = await open()
  const client = createClient(clickhouse)
  t.after(async () => {
    await samples.close()
    await database.close()
    await client.command({ query: `DROP DATABASE ${clickhouse.database} SYNC` })
    await client.close()
    await rm(directory, { recursive: true, force: true })
  })
  const moveTo = (instant: Date) => {
    now = instant
  }
  return { samples, open, moveTo, client }
}

/** Until it answers something; what it throws meanwhile passes. */
async function until<Value>(ask: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = performance.now() + WAIT_MS_MAX
  for (;;) {
    const value = await ask().catch((error: unknown) => {
      if (performance.now() > deadline) throw error
      return undefined
    })
    if (value !== undefined) return value
    assert(performance.now() < deadline, 'it has not happened in time')
    await new Promise((done) => setTimeout(done, 50))
  }
}

const closed = (samples: Samples, hour: Date) =>
  until(async () => ((await samples.watermark()) >= hour ? true : undefined))

const fileColumns = {
  SESSIONS: ['impression_id', 'sequence_number', 'license_key'],
  ADS: ['ad_impression_id', 'client_time', 'midpoint'],
}

async function read(
  samples: Samples,
  hour: PinnedHour,
  type: SampleType = 'SESSIONS',
): Promise<string> {
  const packing = { fileFormat: 'CSV', compression: 'NONE' } as const
  return (await readBytes(samples, { hour, type, ...packing })).toString()
}

interface Reading extends Pick<Parameters<Samples['readHour']>[1], 'fileFormat' | 'compression'> {
  hour: PinnedHour
  type?: SampleType
}

async function readBytes(
  samples: Samples,
  { hour, type = 'SESSIONS', ...reading }: Reading,
): Promise<Buffer> {
  const resolved = resolveColumns(fileColumns[type], type)
  assert('columns' in resolved)
  const { columns } = resolved
  const signal = AbortSignal.timeout(WAIT_MS_MAX)
  const file = await samples.readHour(hour, { ...reading, type, columns, signal })
  const { open } = await import(file.source.module)
  return buffer(await open(file.source.argument, signal))
}

const HEADER = '"impression_id","sequence_number","license_key"\n'

test('an hour that is open cannot be exported', async (t) => {
  const { samples } = await startSamples(t)
  await samples.append(aurora, [row('i', 0)])
  await assert.rejects(samples.pinHours(['aurora'], { start: at(0), end: at(1) }), /not closed/)
})

test('a window whose samples have expired says from when on there are some', async (t) => {
  const { samples, moveTo } = await startSamples(t)
  await samples.append({ licenseKey: 'brief', retentionDays: 3650 }, [row('i', 0)])
  moveTo(at(1.1))
  await closed(samples, at(1))
  moveTo(at(24 * 3651))
  await assert.rejects(samples.pinHours(['brief'], { start: at(-1), end: at(1) }), (error) => {
    assert(error instanceof OutputError)
    assert.equal(error.code, 'SAMPLES_EXPIRED')
    assert.match(error.remedy, /2026-03-01T11:00:00.000Z or later/)
    return true
  })
})

test('a sample is in the files once, whoever sends it again and when', async (t) => {
  const { samples, moveTo } = await startSamples(t)
  await samples.append(aurora, [row('i', 0), row('i', 1)])
  await samples.append(aurora, [row('i', 1)])
  await samples.append(borealis, [row('i', 0)])
  moveTo(at(1.1))
  await closed(samples, at(1))
  await samples.append(aurora, [row('i', 1), row('i', 2)])
  moveTo(at(30.1))
  await closed(samples, at(30))
  await samples.append(aurora, [row('i', 0)])
  moveTo(at(31.2))
  await closed(samples, at(31))
  const hours = await samples.pinHours(['aurora'], { start: at(0), end: at(31) })
  assert.equal(hours.length, 31)
  const [first, second] = hours
  const last = hours.at(-1)
  assert(first && second && last)
  assert.equal(await read(samples, first), `${HEADER}"i",0,"aurora"\n"i",1,"aurora"\n`)
  assert.equal(await read(samples, second), `${HEADER}"i",2,"aurora"\n`)
  assert.equal(await read(samples, last), HEADER)
  const [other] = await samples.pinHours(['borealis'], { start: at(0), end: at(1) })
  assert(other)
  assert.equal(await read(samples, other), `${HEADER}"i",0,"borealis"\n`)
})

test('an ad is in the files of ads once, each event of it, and not in those of playback', async (t) => {
  const { samples, moveTo } = await startSamples(t)
  const event = (body_hash: string, minute: number, midpoint: number) => ({
    ad_impression_id: 'ad',
    body_hash,
    client_time: at(minute / 60),
    midpoint,
  })
  const [started, half] = [event('z', 1, 0), event('a', 2, 1)]
  await samples.appendAds(aurora, [half, started, { ad_impression_id: '', body_hash: 'break' }])
  await samples.appendAds(aurora, [half])
  await samples.appendAds(borealis, [half])
  moveTo(at(1.1))
  await closed(samples, at(1))
  await samples.appendAds(aurora, [started, event('b', 3, 1)])
  moveTo(at(2.1))
  await closed(samples, at(2))
  const window = { start: at(0), end: at(2) }
  const [first, second] = await samples.pinHours(['aurora'], window, 'ADS')
  assert(first && second)
  const header = '"ad_impression_id","client_time","midpoint"\n'
  const lines = (...events: string[]) => header + events.map((line) => `${line}\n`).join('')
  assert.equal(
    await read(samples, first, 'ADS'),
    lines('"",,', '"ad","2026-03-01T10:01:00.000Z",0', '"ad","2026-03-01T10:02:00.000Z",1'),
  )
  assert.equal(await read(samples, second, 'ADS'), lines('"ad","2026-03-01T10:03:00.000Z",1'))
  const [playback] = await samples.pinHours(['aurora'], window)
  assert.equal(playback?.licenses[0]?.revision, 0)
})

test('what is told about an error twice is stored once', async (t) => {
  const { samples, client } = await startSamples(t)
  const error = { impression_id: 'i', error_id: 0, exception_stacktrace: ['a', 'b'] }
  await samples.appendErrorDetails(aurora, [{ ...error, error_message: 'first' }])
  await samples.appendErrorDetails(aurora, [{ ...error, error_message: 'again' }])
  await assert.rejects(samples.appendErrorDetails(aurora, [{ impression_id: 'i' }]), /error_id/)
  const query = 'SELECT error_message, exception_stacktrace FROM error_details FINAL'
  const answer = await client.query({ query, format: 'JSONEachRow' })
  assert.deepEqual(await answer.json(), [
    { error_message: 'first', exception_stacktrace: ['a', 'b'] },
  ])
})

test('an import into a closed hour is a new revision, and the old one reads as before', async (t) => {
  const { samples, moveTo } = await startSamples(t)
  await samples.append(aurora, [row('i', 0)])
  moveTo(at(1.1))
  await closed(samples, at(1))
  const window = { start: at(0), end: at(1) }
  const [before] = await samples.pinHours(['aurora'], window)
  assert(before)
  const bytes = await read(samples, before)
  await using backfill = await samples.openBackfill(aurora)
  await backfill.insert([
    { ...row('j', 0), time: at(0.5) },
    { ...row('k', 0), time: at(-48) },
  ])
  assert.deepEqual(await backfill.finish(), { rows: 2 })
  const [after] = await samples.pinHours(['aurora'], window)
  assert(after)
  assert.deepEqual(
    [before, after].map(({ licenses }) => licenses[0]?.revision),
    [1, 2],
  )
  assert.equal(await read(samples, after), `${bytes}"j",0,"aurora"\n`)
  assert.equal(await read(samples, before), bytes)
  const [old] = await samples.pinHours(['aurora'], { start: at(-48), end: at(-47) })
  assert.deepEqual([old?.licenses[0]?.revision, old?.licenses[0]?.rows], [1, 1])
})

test('an hour of several licenses has the rows of each as it was pinned, license by license', async (t) => {
  const { samples, moveTo } = await startSamples(t)
  const cirrus = { ...aurora, licenseKey: 'cirrus' }
  await samples.append(borealis, [row('b', 1), row('b', 0)])
  await samples.append(cirrus, [row('c', 0)])
  moveTo(at(1.05))
  await samples.append(borealis, [row('b', 0)])
  await samples.append(aurora, [row('a', 0)])
  moveTo(at(2.1))
  await closed(samples, at(2))
  const window = { start: at(0), end: at(2) }
  const both = ['aurora', 'borealis']
  const [first, second] = await samples.pinHours(both, window)
  assert(first && second)
  assert.deepEqual(
    second.licenses.map(({ rows, duplicates }) => [rows, duplicates]),
    [
      [1, 0],
      [0, 1],
    ],
  )
  const seen = `${HEADER}"b",0,"borealis"\n"b",1,"borealis"\n`
  assert.equal(await read(samples, first), seen)
  assert.equal(await read(samples, second), `${HEADER}"a",0,"aurora"\n`)
  await using backfill = await samples.openBackfill(aurora)
  await backfill.insert([{ ...row('late', 0), time: at(0.5) }])
  await backfill.finish()
  assert.equal(await read(samples, first), seen)
  const [newer] = await samples.pinHours(both, window)
  assert(newer)
  assert.deepEqual(
    newer.licenses.map(({ revision }) => revision),
    [1, 1],
  )
  assert.equal(
    await read(samples, newer),
    `${HEADER}"late",0,"aurora"\n"b",0,"borealis"\n"b",1,"borealis"\n`,
  )
})

test('part of an hour has the rows of that part', async (t) => {
  const { samples, moveTo } = await startSamples(t)
  await samples.append(aurora, [row('early', 0)])
  moveTo(at(0.75))
  await until(async () => {
    await samples.append(aurora, [row('late', 0)])
    return true
  })
  moveTo(at(1.1))
  await closed(samples, at(1))
  const [half] = await samples.pinHours(['aurora'], { start: at(0.5), end: at(1) })
  assert(half)
  assert.equal(await read(samples, half), `${HEADER}"late",0,"aurora"\n`)
})

test('what was acknowledged outlives kill -9 of the store', async (t) => {
  if (store.pid === undefined) return t.skip('the server is not ours to kill')
  const { samples, moveTo } = await startSamples(t)
  await samples.append(aurora, [row('i', 0)])
  process.kill(store.pid(), 'SIGKILL')
  await until(async () => {
    await samples.append(aurora, [row('i', 1)])
    return true
  })
  moveTo(at(1.2))
  await closed(samples, at(1))
  const [hour] = await samples.pinHours(['aurora'], { start: at(0), end: at(1) })
  assert(hour)
  const bytes = await until(() => read(samples, hour))
  assert.equal(bytes, `${HEADER}"i",0,"aurora"\n"i",1,"aurora"\n`)
})

test('an hour stays open while another process may still store rows of it', async (t) => {
  const { samples, open, moveTo } = await startSamples(t)
  await using second = await open()
  await Promise.all([samples.append(aurora, [row('i', 0)]), second.append(aurora, [row('i', 1)])])
  moveTo(at(1.2))
  await closed(second, at(1))
  const [hour] = await samples.pinHours(['aurora'], { start: at(0), end: at(1) })
  assert.equal(hour?.licenses[0]?.rows, 2)
})

test('a file is packed as it was asked for: the same rows, and the same bytes twice', async (t) => {
  const { samples, moveTo } = await startSamples(t)
  await samples.append(aurora, [row('i', 0), row('i', 1), row('ü', 2)])
  moveTo(at(2))
  await closed(samples, at(1))
  const [hour] = await samples.pinHours(['aurora'], { start: H, end: at(1) })
  assert(hour)
  const readAs = (packing: Pick<Reading, 'fileFormat' | 'compression'>) =>
    readBytes(samples, { hour, ...packing })
  const plain = await readAs({ fileFormat: 'CSV', compression: 'NONE' })
  assert.equal(plain.toString().split('\n').length, 5)
  const unpackers = { GZIP: gunzipSync, ZSTD: zstdDecompressSync }
  for (const compression of ['GZIP', 'ZSTD'] as const) {
    const packed = await readAs({ fileFormat: 'CSV', compression })
    assert.deepEqual(unpackers[compression](packed), plain)
    assert.deepEqual(await readAs({ fileFormat: 'CSV', compression }), packed)
  }
  for (const compression of ['ZSTD', 'SNAPPY'] as const) {
    const bytes = await readAs({ fileFormat: 'PARQUET', compression })
    const file = bytes.buffer.slice(
      bytes.byteOffset,
      bytes.byteOffset + bytes.length,
    ) as ArrayBuffer
    const { row_groups: groups } = parquetMetadata(file)
    assert.deepEqual(
      [...new Set(groups[0]?.columns.map((each) => each.meta_data?.codec))],
      [compression],
    )
  }
})
