import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { sql } from 'kysely'
import { asOrganizationId, type Database, openScope } from '#database'
import { TransientError } from '#errors'
import { type App, createServer } from '#http'
import { collectorRoutes } from '#ingest'
import { createLicense } from '#licenses'
import { openTelemetry } from '#telemetry'
import { openTestDatabase } from '#testing'

const clock = { now: () => new Date('2026-01-02T03:04:05.678Z') }

describe('the collectors’ routes', () => {
  let dataDirectory: string
  let database: Database
  let app: App
  let url: string
  let key: string
  let rows: unknown[] = []
  let fault: Error | undefined
  const telemetry = openTelemetry({ level: 'silent' })

  before(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'sluice-ingest-'))
    database = await openTestDatabase({ dataDirectory })
    key = await licenseKeyFor(database)
    const append = async (_license: unknown, samples: unknown[]) => {
      if (fault) throw fault
      rows.push(...samples)
    }
    app = await createServer({
      clock,
      telemetry,
      authenticate: async () => assert.fail('players have no API key'),
      readiness: async () => [],
      routes: [],
      rootRoutes: [collectorRoutes({ database, samples: { append } })],
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
    fault = undefined
  })

  const post = (path: string, body: string | Blob, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, { method: 'POST', body, headers })
  const sample = (members: object = {}) =>
    JSON.stringify({ key, impressionId: 'i-1', sequenceNumber: 1, ...members })

  for (const [body, status] of [
    ['{"key":', 400],
    ['[]', 400],
    ['{}', 400],
    [JSON.stringify({ filling: 'x'.repeat(300_000) }), 413],
    [JSON.stringify({ key: 'nobody', impressionId: 'i', sequenceNumber: 0 }), 403],
  ] as const)
    test(`answers ${status} to ${body.slice(0, 20)}, readable from any page`, async () => {
      const answer = await post('/analytics', body)
      assert.equal(answer.status, status)
      assert.equal(answer.headers.get('access-control-allow-origin'), '*')
      await answer.body?.cancel()
      assert.deepEqual(rows, [])
    })

  test('answers 503 with Retry-After when the store cannot take the sample', async () => {
    fault = new TransientError('SAMPLES_UNAVAILABLE', 'The store is down.')
    const answer = await post('/analytics', sample())
    assert.equal(answer.status, 503)
    assert.ok(Number(answer.headers.get('retry-after')) > 0)
    await answer.body?.cancel()
  })

  test('stores nothing of a user who asks not to be tracked', async () => {
    const answer = await post('/analytics', sample(), { dnt: '1' })
    assert.equal(answer.status, 403)
    await answer.body?.cancel()
    assert.deepEqual(rows, [])
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

  test('grants a license', async () => {
    const answer = await post('/licensing', JSON.stringify({ key, domain: 'www.example.org' }))
    assert.equal(answer.status, 200)
    assert.equal(Object(await answer.json()).status, 'granted')
  })

  for (const headers of [{ 'content-type': 'text/plain' }, { 'content-type': 'application/json' }])
    test(`takes a sample as ${headers['content-type']}`, async () => {
      const answer = await post('/analytics?routingParam=ssai', sample(), headers)
      assert.equal(answer.status, 204)
      assert.deepEqual(rows, [{ impression_id: 'i-1', sequence_number: 1 }])
    })

  test('takes a beacon, which has no content type', async () => {
    assert.equal((await post('/analytics', new Blob([sample()]))).status, 204)
    assert.equal(rows.length, 1)
  })

  test('answers a preflight', async () => {
    const answer = await fetch(`${url}/analytics`, { method: 'OPTIONS' })
    assert.equal(answer.status, 204)
    assert.equal(answer.headers.get('access-control-allow-methods'), 'POST, OPTIONS')
  })
})

async function licenseKeyFor(database: Database): Promise<string> {
  const id = '7d1f3c52-54a5-4d0e-9d4f-0d5e1b5f0001'
  const now = clock.now()
  await sql`insert into organizations (id, name, created_at, modified_at)
    values (${id}, 'an organization', ${now}, ${now})`.execute(database.db)
  const scope = openScope(database, asOrganizationId(id), clock)
  const { licenseKey } = await createLicense(scope, {
    name: 'a license',
    timeZone: 'Etc/UTC',
    retentionDays: 30,
    ignoreDNT: false,
    domains: [],
    customData: {},
  })
  return licenseKey
}
