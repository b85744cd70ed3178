import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Database } from '#database'
import { type App, createServer } from '#http'
import { licenseRoutes } from '#licenses'
import { Secret } from '#secret'
import { openTelemetry } from '#telemetry'
import { noSamples, openTestDatabase } from '#testing'
import { createAuthenticator, organizationRoutes } from './organizations.ts'

const OPERATOR_KEY = randomUUID()
const clock = { now: () => new Date('2026-01-02T03:04:05.678Z') }

describe('organizations, API keys and licenses', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-organizations-'))
  const telemetry = openTelemetry({ level: 'silent' })
  let database: Database
  let app: App
  before(async () => {
    database = await openTestDatabase({ dataDirectory: directory })
    const bootstrapApiKey = new Secret(OPERATOR_KEY)
    app = await createServer({
      clock,
      telemetry,
      authenticate: await createAuthenticator({ database, clock, bootstrapApiKey }),
      readiness: async () => [],
      routes: [organizationRoutes({ database }), licenseRoutes({ database, samples: noSamples })],
    })
  })
  after(async () => {
    await app.close()
    await database.close()
    telemetry.close()
    rmSync(directory, { recursive: true })
  })

  interface Call {
    key?: string
    as?: string
    body?: Record<string, unknown>
  }
  async function call(request: string, { key, as, body }: Call) {
    const [method, path] = request.split(' ')
    const response = await app.inject({
      method: method === 'POST' ? 'POST' : method === 'DELETE' ? 'DELETE' : 'GET',
      url: `/v1${path}`,
      headers: {
        ...(key && { 'x-api-key': key }),
        ...(as && { 'x-tenant-org-id': as }),
      },
      ...(body && { body }),
    })
    const { data } = response.json()
    return { status: response.statusCode, data, result: data.result }
  }

  async function createCustomer() {
    const body = { name: `customer ${randomUUID()}` }
    const created = await call('POST /account/organizations', { key: OPERATOR_KEY, body })
    assert.equal(created.status, 201)
    return { id: String(created.result.id), key: await createKey(OPERATOR_KEY, created.result.id) }
  }
  async function createKey(key: string, as: string): Promise<string> {
    const created = await call('POST /account/api-keys', { key, as, body: { name: 'a key' } })
    assert.equal(created.status, 201)
    return created.result.value
  }

  for (const key of [undefined, 'wrong', OPERATOR_KEY.toUpperCase()])
    test(`the key ${key === undefined ? 'that is missing' : 'that is wrong'} is a 401`, async () => {
      const { status, data } = await call('GET /account/organizations', key ? { key } : {})
      assert.deepEqual([status, data.code], [401, 1002])
    })

  test('a revoked key is refused from the next request on', async () => {
    const { key } = await createCustomer()
    const [{ id }] = (await call('GET /account/api-keys', { key })).result.items
    const revoked = await call(`DELETE /account/api-keys/${id}`, { key })
    assert.deepEqual([revoked.status, revoked.result.id], [200, id])
    assert.equal((await call('GET /account/api-keys', { key })).status, 401)
  })

  test('another organization and one that never was are refused with the same words', async () => {
    const [one, other] = [await createCustomer(), await createCustomer()]
    const strangers = [other.id, randomUUID(), 'no-uuid']
    const texts = await Promise.all(
      strangers.map(async (as) => {
        const { status, data } = await call('GET /account/api-keys', { key: one.key, as })
        assert.deepEqual([status, data.code], [403, 1003])
        return data.message.replaceAll(as, 'ID')
      }),
    )
    assert.equal(new Set(texts).size, 1)
  })

  test('a second organization’s things read as if they had never existed', async () => {
    const [one, other] = [await createCustomer(), await createCustomer()]
    const [key] = (await call('GET /account/api-keys', { key: other.key })).result.items
    const body = { name: 'a license' }
    const license = (await call('POST /analytics/licenses', { key: other.key, body })).result
    const things = [
      ['GET /account/organizations/', other.id],
      ['GET /account/api-keys/', key.id],
      ['DELETE /account/api-keys/', key.id],
      ['GET /analytics/licenses/', license.id],
    ]
    for (const [request, id] of things) {
      const never = randomUUID()
      const theirs = await call(`${request}${id}`, { key: one.key })
      const nobodys = await call(`${request}${never}`, { key: one.key })
      assert.deepEqual([theirs.status, nobodys.status], [404, 404], request)
      assert.equal(theirs.data.message.replace(id, never), nobodys.data.message)
    }
    const path = `GET /account/organizations/${other.id}/sub-organizations`
    assert.equal((await call(path, { key: one.key })).status, 404)
    assert.equal((await call('GET /account/api-keys', { key: other.key })).status, 200)
  })

  test('lists show one’s own alone', async () => {
    const [one] = [await createCustomer(), await createCustomer()]
    const organizations = (await call('GET /account/organizations', { key: one.key })).result
    assert.deepEqual(
      organizations.items.map((item: { id: string }) => item.id),
      [one.id],
    )
    assert.equal((await call('GET /account/api-keys', { key: one.key })).result.totalCount, 1)
    assert.equal((await call('GET /analytics/licenses', { key: one.key })).result.totalCount, 0)
  })

  test('a customer makes no root organization', async () => {
    const { key } = await createCustomer()
    const body = { name: 'mine', type: 'ROOT_ORGANIZATION' }
    const { status, data } = await call('POST /account/organizations', { key, body })
    assert.deepEqual([status, data.errorCode], [403, 'FORBIDDEN'])
  })

  test('a sub-organization has none of its own, and the operator’s has none either', async () => {
    const { key } = await createCustomer()
    const sub = await call('POST /account/organizations', { key, body: { name: 'sub' } })
    const body = { name: 'sub of sub', type: 'SUB_ORGANIZATION' }
    const as = sub.result.id
    assert.equal((await call('POST /account/organizations', { key, as, body })).status, 409)
    assert.equal(
      (await call('POST /account/organizations', { key: OPERATOR_KEY, body })).status,
      409,
    )
  })

  test('every mistake of an organization is named', async () => {
    const body = { name: '', type: 'TENANT', labelColor: 'red' }
    const { status, data } = await call('POST /account/organizations', { key: OPERATOR_KEY, body })
    assert.equal(status, 400)
    const fields = data.details.map((detail: { field: string }) => detail.field)
    assert.deepEqual(fields.sort(), ['labelColor', 'name', 'type'])
  })

  test('a key acts in its organization’s sub-organizations; theirs does not act above', async () => {
    const { key, id } = await createCustomer()
    const sub = (await call('POST /account/organizations', { key, body: { name: 'sub' } })).result
    assert.deepEqual([sub.type, sub.parentId], ['SUB_ORGANIZATION', id])
    const listed = await call(`GET /account/organizations/${id}/sub-organizations`, { key })
    assert.deepEqual(listed.result.items, [sub])
    assert.equal((await call('GET /account/organizations', { key })).result.totalCount, 2)

    const subKey = await createKey(key, sub.id)
    assert.equal((await call('GET /account/organizations', { key: subKey, as: id })).status, 403)
    const own = await call('GET /account/organizations', { key: subKey })
    assert.deepEqual(own.result.items, [sub])
  })

  test('the operator acts in any organization, and then sees what that one sees', async () => {
    const customer = await createCustomer()
    const acting = { key: OPERATOR_KEY, as: customer.id }
    assert.equal((await call('GET /account/organizations', acting)).result.totalCount, 1)
    const all = await call('GET /account/organizations?limit=100', { key: OPERATOR_KEY })
    assert.ok(all.result.totalCount > 1)
    const sub = await call('POST /account/organizations', { ...acting, body: { name: 'sub' } })
    assert.equal(sub.result.parentId, customer.id)
  })

  test('a key is shown once and its value is stored nowhere', async () => {
    const { key } = await createCustomer()
    const created = await call('POST /account/api-keys', { key, body: { name: 'shown once' } })
    const { value, ...rest } = created.result
    assert.match(value, /^sluice_[\w-]{43}$/)
    assert.deepEqual((await call(`GET /account/api-keys/${rest.id}`, { key })).result, rest)
    const rows = await database.db.selectFrom('api_keys').selectAll().execute()
    assert.ok(!JSON.stringify(rows).includes(value))
  })

  test('a key may be created without a body, as SDKs do', async () => {
    const { key } = await createCustomer()
    const created = await call('POST /account/api-keys', { key })
    assert.deepEqual([created.status, created.result.name], [201, 'API key'])
  })

  test('every mistake of a license is named', async () => {
    const { key } = await createCustomer()
    const wrong = { ignoreDNT: 'no', domains: [{}], retentionTime: '1 month', timeZone: '' }
    const first = await call('POST /analytics/licenses', { key, body: wrong })
    assert.equal(first.status, 400)
    const fields = first.data.details.map((detail: { field: string }) => detail.field)
    assert.deepEqual(fields.sort(), [
      'domains.0.url',
      'ignoreDNT',
      'name',
      'retentionTime',
      'timeZone',
    ])
    for (const timeZone of ['Vienna', '+01:00', '', 'Europe/../UTC']) {
      const body = { name: 'a license', timeZone }
      const { status, data } = await call('POST /analytics/licenses', { key, body })
      assert.deepEqual([status, data.details[0].field], [400, 'timeZone'], timeZone)
    }
  })

  test('a license has a key, a zone and a retention', async () => {
    const { key } = await createCustomer()
    const body = { name: 'web', timeZone: 'Europe/Vienna', domains: [{ url: 'example.com' }] }
    const created = await call('POST /analytics/licenses', { key, body })
    assert.equal(created.status, 201)
    const { licenseKey, timeZone, retentionTime, playerDomains, createdAt } = created.result
    assert.match(licenseKey, /^[\da-f-]{36}$/)
    assert.deepEqual(
      [timeZone, retentionTime, playerDomains, createdAt],
      ['Europe/Vienna', 'P395D', ['example.com'], '2026-01-02T03:04:05.678Z'],
    )
    const { result } = await call(`GET /analytics/licenses/${created.result.id}`, { key })
    assert.deepEqual(result, created.result)
    const listed = await call('GET /analytics/licenses', { key })
    assert.deepEqual(listed.result.items, [created.result])
  })

  test('demo licenses are an empty page', async () => {
    const { key } = await createCustomer()
    const { result } = await call('GET /analytics/demo-licenses', { key })
    assert.deepEqual(result, { totalCount: 0, offset: 0, limit: 25, items: [] })
  })
})
