import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { asOrganizationId, openScope } from '#database'
import { createLicense } from '#licenses'
import { openSamples } from '#samples'
import { openTelemetry } from '#telemetry'
import { COMPILED_QUICKLY, openTestClickhouse, openTestDatabase } from '#testing'
import { deletePerson, listDeletions, type NewDeletion, startDeletions } from './privacy.ts'

// Two processes that die over one deletion, and a third that ends it. Those that die run this file too, told by
// their argument what to do.

interface Life {
  dataDirectory: string
  clickhouse: { url: string; username: string; password: string; database: string }
  /** Ahead of the real clock, so that what the life before held is held no longer. */
  aheadMs: number
}

interface MortalLife extends Life {
  /** Absent: whatever broke off is carried on. */
  input?: NewDeletion
  standsStill: 'BEFORE_ROWS_GO' | 'AFTER_ROWS_WENT'
}

const HOUR_MS = 3_600_000
/** Longer than a deletion is held for. */
const LIFE_MS = 60_000
const WAIT_MS_MAX = 60_000
const leaseTerms = { leaseMs: 1_000, insertOverMs: 100 }
const organization = asOrganizationId('7a0f3f5e-7c1f-4f0e-9f63-0f6f3f0c2a11')

const given = process.argv[2]
if (given !== undefined) await standStill(JSON.parse(given))
else
  test('a deletion whose process is killed, and whose next is too, is ended by a third, each row counted once', async (t) => {
    const home = await openHome(t)
    const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS
    const licenseKey = await watch({ ...home, aheadMs: hour + HOUR_MS / 2 - Date.now() })
    const input = { type: 'USER_ID', id: 'person', licenseKey: undefined, reference: 'r' } as const
    await die({ ...home, input, aheadMs: 0, standsStill: 'BEFORE_ROWS_GO' })
    await die({ ...home, aheadMs: LIFE_MS, standsStill: 'AFTER_ROWS_WENT' })

    await using life = await openLife({ ...home, aheadMs: 2 * LIFE_MS })
    const { scope, samples } = life
    await using _looking = startDeletions(life, { pollMs: 20 })
    const list = async () => (await listDeletions(scope, { offset: 0, limit: 9 })).items
    await until(async () => (await list())[0]?.status === 'FINISHED')
    assert.deepEqual(
      (await list()).map(({ samples, ads, errorDetails, reference }) => [
        ...[samples, ads, errorDetails, reference],
      ]),
      [[2, 1, 1, 'r']],
    )
    const ref = { licenseKeys: [licenseKey], impressionId: 'i' }
    const { readSamples, readAds, readErrorDetails } = samples.impressions
    for (const left of [await readSamples(ref), await readAds(ref), await readErrorDetails(ref)])
      assert.deepEqual(left, [])
    const window = { start: new Date(hour), end: new Date(hour + HOUR_MS) }
    const [pinned] = await samples.pinHours([licenseKey], window)
    assert.deepEqual(
      pinned?.licenses.map(({ revision, rows }) => [revision, rows]),
      [[2, 1]],
    )
  })

/** Stores that outlive the processes. */
async function openHome(t: TestContext): Promise<Omit<Life, 'aheadMs'>> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'sluice-deletion-'))
  t.after(() => rm(dataDirectory, { recursive: true, force: true }))
  const clickhouse = await openTestClickhouse({ dataDirectory })
  t.after(() => clickhouse.close())
  const { url, username, password, database } = clickhouse
  return { dataDirectory, clickhouse: { url, username, password, database } }
}

async function openLife({ dataDirectory, clickhouse, aheadMs }: Life) {
  await using opened = new AsyncDisposableStack()
  const clock = { now: () => new Date(Date.now() + aheadMs) }
  const database = opened.use(await openTestDatabase({ dataDirectory }))
  const options = { database, clock, clickhouse, leaseTerms, onFault: () => {} }
  const samples = opened.use(await openSamples(options))
  const scope = openScope(database, organization, clock)
  const telemetry = openTelemetry({ level: 'silent' })
  const all = opened.move()
  const end = () => all.disposeAsync()
  return { clock, database, samples, scope, telemetry, [Symbol.asyncDispose]: end }
}

/** What the person did, and somebody else. Answers the license. */
async function watch(life: Life): Promise<string> {
  await using parts = await openLife(life)
  const { database, samples, scope, clock } = parts
  const [created_at, modified_at] = [clock.now(), clock.now()]
  const row = { id: organization, name: 'Aurora', label_color: null, parent_id: null }
  const values = { ...row, is_operator: false, created_at, modified_at }
  await database.db.insertInto('organizations').values(values).execute()
  const license = await createLicense(scope, {
    ...{ name: 'web', timeZone: 'UTC', retentionDays: 9999, ignoreDNT: false },
    ...{ domains: [], customData: {} },
  })
  await samples.append(license, [
    { impression_id: 'i', sequence_number: 0 },
    { impression_id: 'i', sequence_number: 1, user_id: 'person' },
    { impression_id: 'j', sequence_number: 0, user_id: 'another' },
  ])
  const ad = { ad_impression_id: 'a', video_impression_id: 'i', body_hash: 'h' }
  await samples.appendAds(license, [ad])
  await samples.appendErrorDetails(license, [{ impression_id: 'i', error_id: 0 }])
  return license.licenseKey
}

/** A process that is killed where it stands still. */
async function die(life: MortalLife): Promise<void> {
  const child = spawn(
    process.execPath,
    [COMPILED_QUICKLY, import.meta.filename, JSON.stringify(life)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  assert.equal(String(said).trim(), 'stands still')
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

async function standStill({ input, standsStill, ...life }: MortalLife): Promise<void> {
  const parts = await openLife(life)
  const { deletions } = parts.samples
  const samples = {
    deletions: {
      ...deletions,
      delete: async (...args: Parameters<typeof deletions.delete>) => {
        if (standsStill === 'AFTER_ROWS_WENT') await deletions.delete(...args)
        console.log('stands still')
        return new Promise<never>(() => {})
      },
    },
  }
  if (input === undefined) return void startDeletions({ ...parts, samples }, { pollMs: 20 })
  // The hour is closed before its rows go, so that it has to be closed anew.
  await until(async () => (await parts.samples.watermark()).getTime() > Date.now() - HOUR_MS)
  await deletePerson(samples, parts.scope, input)
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS_MAX
  while (!(await isSo())) {
    assert(performance.now() < deadlineMs, `not after ${WAIT_MS_MAX} ms: ${isSo}`)
    await delay(20)
  }
}
