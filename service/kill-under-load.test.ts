import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openSamples, resolveColumns } from '#samples'
import {
  openServiceProcess,
  openTestClickhouse,
  openTestDatabase,
  TEST_SECRET_KEY,
  type TestClickhouse,
  testDatabaseUrl,
} from '#testing'

// The service as a process of its own, killed in the midst of what players send.

const KILLS = 10
const PLAYERS = 4
/** Acknowledged between two kills, at least. */
const SAMPLES_EACH = 20
const REPEAT_MS = 200
const WAIT_MS_MAX = 60_000
const HOUR_MS = 3_600_000

test('killed ten times under load: what was acknowledged is in the files, and nothing twice', async (t) => {
  const service = await startKilledService(t)
  const licenseKey = await service.createLicense()
  const players = startPlayers(service.url, licenseKey)
  for (let kill = 0; kill < KILLS; kill += 1) {
    const enough = players.acknowledged.size + SAMPLES_EACH
    await until(async () => players.acknowledged.size >= enough)
    await service.kill()
    await service.start()
  }
  await players.stop()
  await service.kill()
  const stored = await readFiles(service, licenseKey)
  assert.ok(players.repeated > 0, 'no sample was sent twice')
  assert.equal(new Set(stored).size, stored.length, 'a row is there twice')
  const lost = [...players.acknowledged].filter((name) => !stored.includes(name))
  assert.deepEqual(lost, [])
})

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS_MAX
  while (!(await isSo().catch(() => false))) {
    assert(performance.now() < deadlineMs, 'it has not happened in time')
    await delay(50)
  }
}

async function startKilledService(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-killed-'))
  const clickhouse = await openTestClickhouse({ dataDirectory: directory })
  const databaseUrl = await testDatabaseUrl(directory)
  const service = await openServiceProcess({
    dataDirectory: directory,
    env: {
      SLUICE_CLICKHOUSE_URL: clickhouse.address,
      ...(databaseUrl && {
        SLUICE_DATABASE_URL: databaseUrl,
        SLUICE_SECRET_KEY: TEST_SECRET_KEY,
      }),
    },
  })
  t.after(async () => {
    await service.kill()
    await clickhouse.close()
    await rm(directory, { recursive: true, force: true })
  })
  await service.start()
  return { ...service, directory, clickhouse }
}

/** Each sends its samples in order, and one until it is acknowledged, as collectors that retry do. */
function startPlayers(url: string, licenseKey: string) {
  const acknowledged = new Set<string>()
  let isOver = false
  const counts = { repeated: 0 }
  const play = async (player: number) => {
    for (let number = 0; !isOver; number += 1) {
      const impressionId = `player-${player}-${Math.floor(number / 1000)}`
      const sequenceNumber = number % 1000
      const body = JSON.stringify({
        key: licenseKey,
        impressionId,
        sequenceNumber,
        state: 'playing',
      })
      while (!isOver && !(await isTaken(url, body))) {
        counts.repeated += 1
        await delay(REPEAT_MS)
      }
      if (!isOver) acknowledged.add(`${impressionId},${sequenceNumber}`)
    }
  }
  const all = Promise.all(Array.from({ length: PLAYERS }, (_, player) => play(player)))
  return {
    acknowledged,
    get repeated() {
      return counts.repeated
    },
    stop: async () => {
      isOver = true
      await all
    },
  }
}

function isTaken(url: string, body: string): Promise<boolean> {
  return fetch(`${url}/analytics`, { method: 'POST', body }).then(
    async (answer) => {
      await answer.body?.cancel()
      return answer.status === 204
    },
    () => false,
  )
}

/** What exports of the hours would have, an hour later. */
async function readFiles(
  { directory, clickhouse }: { directory: string; clickhouse: TestClickhouse },
  licenseKey: string,
): Promise<string[]> {
  await using database = await openTestDatabase({ dataDirectory: directory })
  const { url, username, password, database: name } = clickhouse
  await using samples = await openSamples({
    database,
    clock: { now: () => new Date(Date.now() + HOUR_MS) },
    clickhouse: { url, username, password, database: name },
    onFault: () => {},
    leaseTerms: { leaseMs: 15_000, insertOverMs: 2_000 },
  })
  const end = new Date(Math.floor(Date.now() / HOUR_MS + 1) * HOUR_MS)
  await until(async () => (await samples.watermark()) >= end)
  const start = new Date(end.getTime() - 2 * HOUR_MS)
  const resolved = resolveColumns(['impression_id', 'sequence_number'])
  assert('columns' in resolved)
  const { columns } = resolved
  const signal = AbortSignal.timeout(WAIT_MS_MAX)
  const rows: string[] = []
  for (const hour of await samples.pinHours([licenseKey], { start, end })) {
    const packing = { fileFormat: 'CSV', compression: 'NONE' } as const
    const file = await samples.readHour(hour, { columns, ...packing, signal })
    const { open } = await import(file.source.module)
    const text = (await buffer(await open(file.source.argument, signal))).toString()
    rows.push(...text.replaceAll('"', '').trim().split('\n').slice(1))
  }
  return rows
}
