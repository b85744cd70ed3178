import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { asOrganizationId, type Database, openScope } from '#database'
import { TransientError } from '#errors'
import { type App, createServer } from '#http'
import { createLicense } from '#licenses'
import type { Sample } from '#samples'
import { openTelemetry } from '#telemetry'
import { openTestDatabase } from '#testing'
import { collectorRoutes, createCollectorLimits } from './ingest.ts'
import { withoutMissing } from './test-row.ts'

const clock = { now: () => new Date('2026-01-02T03:04:05.678Z') }
const CHROME =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36'

describe('the collectors’ routes', () => {
  let dataDirectory: string
  let database: Database
  let app: App
  let url: string
  let key: string
  let tolerantKey: string
  let rows: unknown[] = []
  let tables: string[] = []
  let fault: Error | undefined
  let held: Promise<void> | undefined
  /** Of the clock of the limits, while it stands. */
  let stoodAtMs: number | undefined
  let log = ''
  const telemetry = openTelemetry({
    level: 'debug',
    destination: {
      write: (text) => {
        log += text
      },
    },
  })

  before(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'sluice-ingest-'))
    database = await openTestDatabase({ dataDirectory })
    key = await licenseKeyFor(database, { number: 1, ignoreDNT: false })
    tolerantKey = await licenseKeyFor(database, {
      number: 2,
      ignoreDNT: true,
      domains: ['example.org'],
    })
    const into = (table: string) => async (_license: unknown, samples: Sample[]) => {
      if (fault) throw fault
      await held
      rows.push(...samples.map(withoutMissing))
      tables.push(table)
    }
    app = await createServer({
      clock,
      telemetry,
      authenticate: async () => assert.fail('players have no API key'),
      readiness: async () => [],
      trustedProxies: ['127.0.0.1', '10.0.0.0/8'],
      routes: [],
      rootRoutes: [
        collectorRoutes({
          database,
          telemetry,
          samples: {
            append: into('samples'),
            appendAds: into('ad_samples'),
            appendErrorDetails: into('error_details'),
          },
          locations: { find: (address) => ({ country: `of ${address}` }) },
          limits: createCollectorLimits(
            { perAddress: 10, perLicense: 1000 },
            () => stoodAtMs ?? performance.now(),
          ),
        }),
      ],
    })
    url = await app.listen({ host: '127.0.0.1', port: 0 })
  })
  after(async () => {
    await app.close()
    await database.close()
    telemetry.close()
    await rm(dataDirectory, { recursive: true })
  })
  beforeEach(() => {
    rows = []
    tables = []
    fault = undefined
    held = undefined
  })

  let players = 0
  /** Each player has an address of its own, unless one is given. */
  const post = (path: string, body: string | Blob, headers: Record<string, string> = {}) => {
    players += 1
    const address = `198.51.${players >> 8}.${players & 255}`
    return fetch(`${url}${path}`, {
      method: 'POST',
      body,
      headers: { 'x-forwarded-for': address, 'user-agent': CHROME, ...headers },
    })
  }
  const sample = (members: object = {}) =>
    JSON.stringify({ key, impressionId: 'i-1', sequenceNumber: 1, ...members })

  const unknownMembers = async (): Promise<number> => {
    const name = 'sluice_collector_unknown_members_total{kind="sample"} '
    const lines = (await telemetry.registry.metrics()).split('\n')
    return Number(lines.find((line) => line.startsWith(name))?.slice(name.length) ?? 0)
  }

  for (const path of ['/analytics', '/analytics/a', '/analytics/error'])
    for (const [body, status] of [
      ['', 400],
      ['{"key":', 400],
      ['[]', 400],
      ['{}', 400],
      [JSON.stringify({ filling: 'x'.repeat(300_000) }), 413],
      [
        JSON.stringify({
          ...{ key: 'nobody', licenseKey: 'nobody', impressionId: 'i' },
          ...{ sequenceNumber: 0, errorId: 0 },
        }),
        403,
      ],
    ] as const)
      test(`${path} answers ${status} to '${body.slice(0, 20)}', readable from any page`, async () => {
        const answer = await post(path, body, { origin: 'https://tv.example.org' })
        assert.equal(answer.status, status)
        assert.equal(answer.headers.get('access-control-allow-origin'), 'https://tv.example.org')
        assert.equal(typeof (await answer.json()), 'object')
        assert.deepEqual(rows, [])
      })

  test('a domain that the license does not list is denied, for samples too', async () => {
    const body = sample({ key: tolerantKey, domain: 'evil.example.net' })
    const answer = await post('/analytics', body)
    assert.equal(answer.status, 403)
    assert.match(Object(await answer.json()).message, /'evil.example.net' is not allowed/)
    assert.deepEqual(rows, [])
  })

  test('answers 503 with Retry-After when the store cannot take the sample', async () => {
    fault = new TransientError('SAMPLES_UNAVAILABLE', 'The store is down.')
    const answer = await post('/analytics', sample())
    assert.equal(answer.status, 503)
    assert.ok(Number(answer.headers.get('retry-after')) > 0)
    await answer.body?.cancel()
  })

  test('stores nothing of a user who asks not to be tracked, unless the license says so', async () => {
    const answer = await post('/analytics', sample(), { dnt: '1' })
    assert.equal(answer.status, 403)
    await answer.body?.cancel()
    assert.deepEqual(rows, [])
    const tolerated = sample({ key: tolerantKey, domain: 'example.org' })
    assert.equal((await post('/analytics', tolerated, { dnt: '1' })).status, 204)
    assert.equal(rows.length, 1)
  })

  test('who sends garbage is soon not listened to, and others are', async () => {
    const garbage = { 'x-forwarded-for': '203.0.113.9' }
    const statuses: number[] = []
    stoodAtMs = performance.now() // what is used up comes back with the time, and machines differ
    for (let count = 0; count < 12; count += 1) {
      const answer = await post('/analytics', '{', garbage)
      statuses.push(answer.status)
      if (answer.status === 429) assert.ok(Number(answer.headers.get('retry-after')) > 0)
      await answer.body?.cancel()
    }
    assert.equal(statuses.at(0), 400)
    assert.equal(statuses.at(-1), 429)
    stoodAtMs = undefined
    assert.equal((await post('/analytics', sample())).status, 204)
  })

  test('bodies that fill the memory wait nowhere: the next one is told to come again', async () => {
    const gate = Promise.withResolvers<void>()
    held = gate.promise
    const large = sample({ nobodyKnows: 'x'.repeat(250_000) })
    const first = Array.from({ length: 300 }, () => post('/analytics', large))
    const refused = await Promise.race(
      first.map((each) =>
        each.then((answer) => (answer.status === 503 ? answer : new Promise<never>(() => {}))),
      ),
    )
    assert.ok(Number(refused.headers.get('retry-after')) > 0)
    gate.resolve()
    const statuses = (await Promise.all(first)).map(({ status }) => status)
    assert.deepEqual([...new Set(statuses)].sort(), [204, 503])
    assert.equal((await post('/analytics', sample())).status, 204)
  })

  test('tells the collector why a license is denied', async () => {
    const answer = await post('/licensing', JSON.stringify({ key: 'nobody', domain: 'a.b' }))
    assert.equal(answer.status, 403)
    assert.deepEqual(await answer.json(), { status: 'denied', message: 'License key not found.' })
  })

  test('drops a sample that no sane player sends, and wants no repetition', async () => {
    assert.equal((await post('/analytics', sample({ played: 90_000 }))).status, 204)
    assert.deepEqual(rows, [])
  })

  test('grants a license, with error details', async () => {
    const answer = await post('/licensing', JSON.stringify({ key, domain: 'www.example.org' }))
    assert.equal(answer.status, 200)
    assert.deepEqual(await answer.json(), {
      status: 'granted',
      message: 'ok',
      features: { errorDetails: { enabled: true, numberOfHttpRequests: 10 } },
    })
  })

  for (const type of ['text/plain', 'application/json', 'multipart/form-data', 'no type at all'])
    test(`takes a sample as ${type}`, async () => {
      const headers = { 'content-type': type }
      const address = { 'x-forwarded-for': '203.0.113.7' }
      const body = sample({ deviceInformation: { deviceClass: 'TV' } })
      const answer = await post('/analytics?routingParam=ssai', body, { ...headers, ...address })
      assert.equal(answer.status, 204)
      assert.deepEqual(rows, [
        {
          browser: 'Chrome',
          browser_version_major: '126',
          browser_version_minor: '0',
          browser_is_bot: false,
          operatingsystem: 'Linux',
          country: 'of 203.0.113.7',
          impression_id: 'i-1',
          sequence_number: 1,
          device_class: 'TV',
        },
      ])
    })

  test('a beacon, which has no content type, is taken, an ad and an error too', async () => {
    const ad = JSON.stringify({ key, adImpressionId: 'a-1', time: 1 })
    const error = JSON.stringify({ licenseKey: key, impressionId: 'i-1', errorId: 0, code: 7 })
    assert.equal((await post('/analytics', new Blob([sample()]))).status, 204)
    assert.equal((await post('/analytics/a?routingParam=ssai', new Blob([ad]))).status, 204)
    assert.equal((await post('/analytics/error', new Blob([error]))).status, 204)
    assert.deepEqual(tables, ['samples', 'ad_samples', 'error_details'])
  })

  test('an address behind a proxy that nobody trusts is not believed', async () => {
    const forged = { 'x-forwarded-for': '203.0.113.1, 192.0.2.1, 10.1.1.1' }
    assert.equal((await post('/analytics', sample(), forged)).status, 204)
    assert.equal(Object(rows[0]).country, 'of 192.0.2.1')
  })

  test('members that nobody knows are counted, and no address is in the log or in a row', async () => {
    const before = await unknownMembers()
    await post('/analytics', sample({ surprise: 1, other: 2 }), { 'x-forwarded-for': '192.0.2.77' })
    assert.equal((await unknownMembers()) - before, 2)
    assert.match(log, /request answered/)
    assert.doesNotMatch(log, /192\.0\.2\.|198\.51\.|203\.0\.113\./)
    const { country, ...row } = Object(rows[0])
    assert.equal(country, 'of 192.0.2.77')
    assert.doesNotMatch(JSON.stringify(row), /192\.0\.2\./)
  })

  for (const path of ['/licensing', '/analytics', '/analytics/a', '/analytics/error'])
    test(`answers a preflight of ${path}`, async () => {
      const answer = await fetch(`${url}${path}`, {
        method: 'OPTIONS',
        headers: { origin: 'https://tv.example.org', 'access-control-request-headers': 'x-a' },
      })
      assert.equal(answer.status, 204)
      assert.equal(answer.headers.get('access-control-allow-methods'), 'POST, OPTIONS')
      assert.equal(answer.headers.get('access-control-allow-headers'), 'x-a')
      assert.equal(answer.headers.get('access-control-allow-origin'), 'https://tv.example.org')
    })
})

async function licenseKeyFor(
  database: Database,
  license: { number: number; ignoreDNT: boolean; domains?: string[] },
): Promise<string> {
  const id = `7d1f3c52-54a5-4d0e-9d4f-0d5e1b5f000${license.number}`
  const now = clock.now()
  await sql`insert into organizations (id, name, created_at, modified_at)
    values (${id}, 'an organization', ${now}, ${now})`.execute(database.db)
  const scope = openScope(database, asOrganizationId(id), clock)
  const { licenseKey } = await createLicense(scope, {
    name: 'a license',
    timeZone: 'Etc/UTC',
    retentionDays: 30,
    ignoreDNT: license.ignoreDNT,
    domains: license.domains ?? [],
    customData: {},
  })
  return licenseKey
}
