import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseSetCookie } from 'cookie'
import type { Database } from '#database'
import { type App, createServer } from '#http'
import { licenseRoutes } from '#licenses'
import { createAuthenticator, organizationRoutes } from '#organizations'
import { Secret } from '#secret'
import { openTelemetry } from '#telemetry'
import { noSamples, openTestDatabase } from '#testing'
import { createSignInLinks, openSessions, type SignInLinks, sessionRoutes } from './console.ts'

const OPERATOR_KEY = `sluice_operator_${randomUUID()}`
const HOUR_MS = 3_600_000
const ORIGIN = 'http://sluice.test'

let nowMs = Date.parse('2026-01-02T03:04:05Z')
const clock = { now: () => new Date(nowMs) }

interface Call {
  key?: string
  cookie?: string
  csrf?: string
  as?: string
  body?: object
  headers?: Record<string, string>
}

describe('sessions', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-sessions-'))
  const log: string[] = []
  const telemetry = openTelemetry({
    level: 'debug',
    destination: { write: (line) => void log.push(line) },
  })
  let database: Database
  let app: App
  let links: SignInLinks
  const secrets = new Set<string>()

  before(async () => {
    database = await openTestDatabase({ dataDirectory: directory })
    const sessions = openSessions({ database, clock })
    const bootstrapApiKey = new Secret(OPERATOR_KEY)
    const authenticate = await createAuthenticator({ database, clock, bootstrapApiKey, sessions })
    links = createSignInLinks(clock)
    const parts = { database, clock, sessions, authenticate, signInLinks: links }
    app = await createServer({
      clock,
      telemetry,
      authenticate,
      readiness: async () => [],
      trustedProxies: ['10.0.0.1'],
      routes: [
        sessionRoutes(parts),
        organizationRoutes(parts),
        licenseRoutes({ database, samples: noSamples }),
      ],
    })
  })
  after(async () => {
    await app.close()
    await database.close()
    telemetry.close()
    rmSync(directory, { recursive: true })
  })

  async function call(request: string, { key, cookie, csrf, as, body, headers }: Call = {}) {
    const [method, path] = request.split(' ')
    const response = await app.inject({
      method: method as 'GET',
      url: `/v1${path}`,
      remoteAddress: headers?.['x-forwarded-for'] === undefined ? newAddress() : '10.0.0.1',
      headers: {
        host: 'sluice.test',
        ...(method !== 'GET' && { origin: ORIGIN }),
        ...(key && { 'x-api-key': key }),
        ...(cookie && { cookie }),
        ...(csrf && { 'x-csrf-token': csrf }),
        ...(as && { 'x-tenant-org-id': as }),
        ...headers,
      },
      ...(body && { body }),
    })
    const { data } = response.json()
    return { status: response.statusCode, data, result: data.result, headers: response.headers }
  }

  /** No test is another's neighbour. */
  let addresses = 0
  const newAddress = () => `203.0.113.${addresses++ % 250}`

  async function createCustomer() {
    const made = await call('POST /account/organizations', {
      key: OPERATOR_KEY,
      body: { name: `customer ${randomUUID()}` },
    })
    const key = await call('POST /account/api-keys', {
      key: OPERATOR_KEY,
      as: made.result.id,
      body: { name: 'laptop' },
    })
    const license = { key: key.result.value, body: { name: 'web' } }
    const { result } = await call('POST /analytics/licenses', license)
    return {
      id: String(made.result.id),
      key: String(key.result.value),
      keyId: String(key.result.id),
      licenseId: String(result.id),
    }
  }

  async function signIn(body: object, headers: Record<string, string> = {}) {
    const {
      status,
      result,
      headers: answered,
    } = await call('POST /console/session', {
      body,
      headers,
    })
    assert.equal(status, 201)
    const setCookie = parseSetCookie(String(answered['set-cookie']))
    secrets.add(String(setCookie.value)).add(result.csrfToken)
    const cookie = `${setCookie.name}=${setCookie.value}`
    return { cookie, csrf: String(result.csrfToken), result, setCookie }
  }

  test('a wrong key, and no key at all, open nothing', async () => {
    for (const body of [{ apiKey: 'sluice_wrong' }, { signInToken: 'sluice_wrong' }]) {
      const { status, headers } = await call('POST /console/session', { body })
      assert.equal(status, 401)
      assert.equal(headers['set-cookie'], undefined)
    }
    assert.equal((await call('POST /console/session', { body: {} })).status, 400)
    assert.equal((await call('GET /console/session')).status, 401)
    const forged = { cookie: 'sluice-session=sluice_forged' }
    assert.equal((await call('GET /analytics/licenses', forged)).status, 401)
  })

  test('a page of another origin signs nobody in', async () => {
    const { key } = await createCustomer()
    const body = { apiKey: key }
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.test' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]
    for (const headers of foreign)
      assert.equal((await call('POST /console/session', { body, headers })).status, 403)
  })

  test('nothing is changed without the CSRF token, nor from another origin', async () => {
    const { key } = await createCustomer()
    const { cookie, csrf } = await signIn({ apiKey: key })
    const other = await signIn({ apiKey: key })
    const body = { name: 'x' }
    const wrong: Call[] = [
      { cookie },
      { cookie, csrf: 'guessed' },
      { cookie, csrf: other.csrf },
      { cookie, csrf, headers: { origin: 'https://evil.test' } },
      { cookie, csrf, headers: { 'sec-fetch-site': 'cross-site' } },
      { cookie, csrf, headers: { 'sec-fetch-site': 'same-site' } },
    ]
    for (const each of wrong) {
      const { status, data } = await call('POST /analytics/licenses', { ...each, body })
      assert.equal(status, 403)
      assert.equal(data.errorCode, 'FORBIDDEN')
      assert.equal((await call('DELETE /console/session', each)).status, 403)
    }
    const right = await call('POST /analytics/licenses', { cookie, csrf, body })
    assert.equal(right.status, 201)
  })

  test('a request with an API key needs neither, whatever cookie comes with it', async () => {
    const { key } = await createCustomer()
    const other = await createCustomer()
    const { cookie } = await signIn({ apiKey: other.key })
    const headers = { origin: 'https://elsewhere.test' }
    const body = { name: 'x' }
    const made = await call('POST /analytics/licenses', { key, cookie, body, headers })
    assert.equal(made.status, 201)
    const path = `GET /analytics/licenses/${made.result.id}`
    assert.equal((await call(path, { key })).status, 200)
    assert.equal((await call(path, { cookie })).status, 404)
  })

  test('another organization’s thing is none for a session, and its organization no place to act in', async () => {
    const mine = await createCustomer()
    const other = await createCustomer()
    const { cookie } = await signIn({ apiKey: mine.key })
    const found = await call(`GET /analytics/licenses/${mine.licenseId}`, { cookie })
    assert.equal(found.status, 200)
    const foreign = await call(`GET /analytics/licenses/${other.licenseId}`, { cookie })
    const missing = await call(`GET /analytics/licenses/${randomUUID()}`, { cookie })
    assert.deepEqual([foreign.status, missing.status], [404, 404])
    const acting = await call('GET /analytics/licenses', { cookie, as: other.id })
    assert.equal(acting.status, 403)
  })

  test('the operator’s session acts in any organization', async () => {
    const { id, licenseId } = await createCustomer()
    const { cookie, result } = await signIn({ apiKey: OPERATOR_KEY })
    assert.equal(result.isOperator, true)
    assert.equal(result.apiKeyName, undefined)
    const found = await call(`GET /analytics/licenses/${licenseId}`, { cookie, as: id })
    assert.equal(found.status, 200)
  })

  test('a session says who it is, and that it ends', async () => {
    const { id, key } = await createCustomer()
    const { cookie, csrf } = await signIn({ apiKey: key })
    const { result } = await call('GET /console/session', { cookie })
    assert.equal(result.organization.id, id)
    assert.deepEqual([result.apiKeyName, result.isOperator], ['laptop', false])
    assert.equal(result.csrfToken, csrf)
    assert.equal(Date.parse(result.endsAt), nowMs + 12 * HOUR_MS)
  })

  test('a revoked key ends its sessions at once', async () => {
    const { key, keyId } = await createCustomer()
    const { cookie } = await signIn({ apiKey: key })
    assert.equal((await call(`DELETE /account/api-keys/${keyId}`, { key })).status, 200)
    assert.equal((await call('GET /console/session', { cookie })).status, 401)
    assert.equal((await call('GET /analytics/licenses', { cookie })).status, 401)
  })

  test('it ends when nobody uses it for 12 hours, and after a week in any case', async () => {
    const { key } = await createCustomer()
    const [idle, used] = [await signIn({ apiKey: key }), await signIn({ apiKey: key })]
    const statusOf = async ({ cookie }: { cookie: string }) =>
      (await call('GET /console/session', { cookie })).status
    const started = nowMs
    for (; nowMs < started + 7 * 24 * HOUR_MS; nowMs += 11 * HOUR_MS)
      assert.equal(await statusOf(used), 200, `after ${(nowMs - started) / HOUR_MS} h`)
    assert.equal(await statusOf(used), 401)
    assert.equal(await statusOf(idle), 401)
    await signIn({ apiKey: key })
    const rows = await database.db.selectFrom('console_sessions').select('created_at').execute()
    assert(
      rows.every(({ created_at }) => created_at.getTime() === nowMs),
      'old ones are removed',
    )
  })

  test('who signs out is out, and the browser drops the cookie', async () => {
    const { key } = await createCustomer()
    const { cookie, csrf } = await signIn({ apiKey: key })
    const { status, headers } = await call('DELETE /console/session', { cookie, csrf })
    assert.equal(status, 200)
    assert.match(String(headers['set-cookie']), /^sluice-session=; Max-Age=0;/)
    assert.equal((await call('GET /console/session', { cookie })).status, 401)
  })

  test('no script reads the cookie, no other site sends it; over TLS it is bound to the host', async () => {
    const { key } = await createCustomer()
    const { setCookie } = await signIn({ apiKey: key })
    const { name, httpOnly, sameSite, path, secure, domain } = setCookie
    assert.deepEqual(
      [name, httpOnly, sameSite, path, secure ?? false, domain],
      ['sluice-session', true, 'strict', '/', false, undefined],
    )
    const proxied = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' }
    const tls = await signIn({ apiKey: key }, { ...proxied, origin: 'https://sluice.test' })
    assert.equal(tls.setCookie.name, '__Host-sluice-session')
    assert.equal(tls.setCookie.secure, true)
    const seen = await call('GET /console/session', { cookie: tls.cookie, headers: proxied })
    assert.equal(seen.status, 200)
  })

  test('an address that guesses is soon told to wait, and others are not', async () => {
    const headers = { 'x-forwarded-for': '198.51.100.7' }
    const attempt = () =>
      call('POST /console/session', { body: { apiKey: 'sluice_guess' }, headers })
    const statuses = [await attempt(), await attempt(), await attempt()].map(({ status }) => status)
    assert.deepEqual(statuses, [401, 401, 429])
    assert.equal((await attempt()).headers['retry-after'], '1')
    const { key } = await createCustomer()
    await signIn({ apiKey: key }, { 'x-forwarded-for': '198.51.100.8' })
  })

  test('a link signs in once, from this machine alone, for 15 minutes', async () => {
    const { id, key } = await createCustomer()
    const loopback = { 'x-forwarded-for': '127.0.0.1' }
    const refused = async (signInToken: string, headers: Record<string, string>) => {
      const { status } = await call('POST /console/session', { body: { signInToken }, headers })
      assert.equal(status, 401)
    }
    const link = links.issue(key)
    for (const address of ['203.0.113.77', 'unknown', '127.0.0.1:4711', '_hidden'])
      await refused(link, { 'x-forwarded-for': address })
    const { result } = await signIn({ signInToken: link }, loopback)
    assert.equal(result.organization.id, id)
    await refused(link, loopback)
    const late = links.issue(key)
    nowMs += 15 * 60_000
    await refused(late, loopback)
  })

  test('neither token is in the log or in the database', async () => {
    assert(secrets.size > 10 && log.length > 50)
    const rows = await database.db.selectFrom('console_sessions').selectAll().execute()
    assert(rows.length > 0)
    const written = log.join('\n') + JSON.stringify(rows)
    for (const secret of secrets) assert(!written.includes(secret))
  })
})
