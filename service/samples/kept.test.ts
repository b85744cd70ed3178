import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createClient } from '@clickhouse/client'
import { openTestClickhouse, openTestDatabase } from '#testing'
import { openSamples, type Sample } from './samples.ts'

// What a license keeps: plays are counted among it, and what it does not keep goes from the store.

const WAIT_MS_MAX = 30_000
const DAY_MS = 86_400_000

async function startSamples(t: TestContext, now: () => Date) {
  const directory = await mkdtemp(join(tmpdir(), 'samples-kept-'))
  const clickhouse = await openTestClickhouse({ dataDirectory: directory })
  const database = await openTestDatabase({ dataDirectory: directory })
  const { url, username, password, database: name } = clickhouse
  const address = { url, username, password, database: name }
  const samples = await openSamples({
    database,
    clock: { now },
    clickhouse: address,
    onFault: () => {},
  })
  const client = createClient(address)
  t.after(async () => {
    await client.close()
    await samples.close()
    await database.close()
    await clickhouse.close()
    await rm(directory, { recursive: true, force: true })
  })
  const countRows = async () => {
    const answer = await client.query({ query: 'SELECT count() AS rows FROM samples' })
    const { data } = await answer.json<{ rows: string }>()
    return Number(data[0]?.rows)
  }
  return { samples, countRows }
}

const license = () => ({ licenseKey: randomUUID(), retentionDays: 30 })

test('a play is an impression whose start-up took time, counted once', async (t) => {
  const { samples } = await startSamples(t, () => new Date())
  const [web, tv, unused] = [license(), license(), license()]
  const row = (impression_id: string, sequence_number: number, video_startuptime?: number) =>
    ({ impression_id, sequence_number, video_startuptime }) satisfies Sample
  await samples.append(web, [
    row('played', 0),
    row('played', 1, 900),
    row('played', 2, 0),
    row('played at once', 0, 1),
    row('loaded', 0),
    row('failed', 1, 0),
  ])
  await samples.append(web, [row('played', 1, 900)])
  await samples.append(tv, [row('played', 1, 900)])
  const plays = await samples.countPlays([web.licenseKey, unused.licenseKey])
  assert.deepEqual([...plays], [[web.licenseKey, 2]])
  assert.deepEqual([...(await samples.countPlays([]))], [])
})

test('samples older than their license keeps them go from the store, and count no more', async (t) => {
  // The store's own clock is real, so the rows are stored in the last seconds that they are kept for.
  const keptMs = 10_000
  let behindMs = 30 * DAY_MS - keptMs
  const { samples, countRows } = await startSamples(t, () => new Date(Date.now() - behindMs))
  const short = license()
  const long = { ...license(), retentionDays: 60 }
  for (const each of [short, long])
    await samples.append(each, [{ impression_id: 'i', sequence_number: 0, video_startuptime: 5 }])
  const plays = () => samples.countPlays([short.licenseKey, long.licenseKey])
  assert.equal((await plays()).size, 2)
  assert.equal(await countRows(), 2)
  behindMs = -keptMs
  assert.deepEqual([...(await plays()).keys()], [long.licenseKey])
  const deadline = performance.now() + WAIT_MS_MAX
  while ((await countRows()) !== 1) {
    assert(performance.now() < deadline, 'the old sample is still there')
    await new Promise((done) => setTimeout(done, 100))
  }
})
