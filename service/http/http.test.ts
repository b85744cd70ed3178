import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { Type } from 'typebox'
import { asOrganizationId, type OrganizationScope } from '#database'
import { CallerError, notFound, TransientError } from '#errors'
import { openTelemetry } from '#telemetry'
import {
  type App,
  createServer,
  Instant,
  PageQuery,
  pageOf,
  pageSchema,
  type Routes,
} from './http.ts'

const now = new Date('2026-01-02T03:04:05.678Z')
const clock = { now: () => now }
const KEY = 'a-key'

/** A scope with no rows: these tests are about the wire. */
function scopeWithoutRows(): OrganizationScope {
  const refuse = () => assert.fail('no rows here')
  return {
    organizationId: asOrganizationId(randomUUID()),
    clock,
    selectFrom: refuse,
    insertInto: refuse,
    updateTable: refuse,
    deleteFrom: refuse,
    alongside: refuse,
    ask: refuse,
    transaction: refuse,
  }
}

const Thing = Type.Object({
  name: Type.String({ minLength: 2 }),
  format: Type.Optional(Type.Enum(['CSV', 'PARQUET'])),
  startTime: Type.Optional(Instant),
  output: Type.Optional(Type.Object({ outputId: Type.String(), outputPath: Type.String() })),
  customData: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
})
const Echo = Type.Object({ echo: Type.Unknown() })
const Item = Type.Object({ number: Type.Integer() })

const routes: Routes = (app) => {
  app.post('/things', { schema: { body: Thing, response: { 201: Echo } } }, async (request) => ({
    echo: request.body,
  }))
  app.get(
    '/things',
    { schema: { querystring: PageQuery, response: { 200: pageSchema(Item) } } },
    async (request) => {
      const { offset, limit } = request.query
      const numbers = Array.from({ length: 30 }, (_, number) => ({ number }))
      const found = { items: numbers.slice(offset, offset + limit), totalCount: 30 }
      return pageOf(request, found, (item) => item)
    },
  )
  app.delete('/things/:id', { schema: { response: { 200: Echo } } }, async () => ({ echo: 'gone' }))
  app.get('/missing', async () => {
    throw notFound('thing', '1')
  })
  app.get('/busy', async () => {
    throw new TransientError('AWS_UNAVAILABLE', 'AWS is busy.', { retryAfterSeconds: 7 })
  })
  app.get('/broken', async () => {
    throw new Error('select * from secrets')
  })
  app.get('/open', { config: { public: true }, schema: { response: { 200: Echo } } }, async () => ({
    echo: 'open',
  }))
}

describe('the wire', () => {
  let app: App
  let url: string
  const telemetry = openTelemetry({ level: 'silent' })
  const missing: string[] = []
  before(async () => {
    app = await createServer({
      clock,
      telemetry,
      authenticate: async ({ apiKey }) => {
        if (apiKey !== KEY) throw new CallerError('UNAUTHENTICATED', 'no')
        return { scope: scopeWithoutRows(), isOperator: false }
      },
      readiness: async () => missing,
      routes: [routes],
    })
    url = await app.listen({ host: '127.0.0.1', port: 0 })
  })
  after(async () => {
    await app.close()
    telemetry.close()
  })

  async function call(method: string, path: string, options: { body?: string; key?: string } = {}) {
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: { 'X-Api-Key': options.key ?? KEY, 'Content-Type': 'application/json' },
      body: options.body ?? null,
    })
    const answer = Object(await response.json())
    return { status: response.status, headers: response.headers, answer, data: answer.data }
  }
  const post = (body: unknown) => call('POST', '/things', { body: JSON.stringify(body) })

  test('without a valid key nothing is read, and the answer is an error envelope', async () => {
    const { status, answer, headers } = await call('POST', '/things', { key: 'no', body: '{' })
    assert.equal(status, 401)
    assert.equal(answer.status, 'ERROR')
    assert.equal(answer.data.code, 1002)
    assert.equal(answer.data.errorCode, 'UNAUTHENTICATED')
    assert.deepEqual([answer.data.links, answer.data.details], [[], []])
    assert.equal(headers.get('x-request-id'), answer.requestId)
  })

  test('a NUL, which no text of the database holds, is a 400 that names where it is', async () => {
    const nested = { name: 'a\0', inner: [{ 'b\0': 1 }, 'c\0', '\\u0000'], deep: 1 }
    const { status, data } = await post(nested)
    assert.equal(status, 400)
    const fields = data.details.map(({ field }: { field: string }) => field)
    assert.deepEqual(fields, ['name', 'inner.0', 'inner.1'])
    const deep = `{"name":"ab","inner":${'['.repeat(100_000)}"\\u0000"${']'.repeat(100_000)}}`
    const refused = await call('POST', '/things', { body: deep })
    assert.equal(refused.status, 400)
    assert(refused.data.message.length < 1000)
  })

  test('all mistakes of a body come in one answer, each with its field', async () => {
    const { status, data } = await post({
      name: 5,
      format: 'XML',
      startTime: 'yesterday',
      output: { outputId: 1 },
    })
    assert.equal(status, 400)
    assert.equal(data.code, 1000)
    const mistakes = data.details.map((detail: Record<string, string>) => [
      detail.field,
      detail.text,
    ])
    assert.deepEqual(mistakes.sort(), [
      ['format', 'must be one of CSV, PARQUET'],
      ['name', 'must be of type string'],
      ['output.outputId', 'must be of type string'],
      ['output.outputPath', 'is missing'],
      ['startTime', 'must be an instant with Z or an offset, such as 2026-01-31T13:00:00Z'],
    ])
    for (const detail of data.details) {
      assert.equal(detail.date, now.toISOString())
      assert.equal(detail.type, 'ERROR')
      assert.match(detail.id, /^[\da-f-]{36}$/)
    }
  })

  for (const body of ['[]', '"text"', '5', 'null', ''])
    test(`a body ${body || 'that is empty'} where an object is needed is a 400`, async () => {
      const { status, data } = await call('POST', '/things', { body })
      assert.equal(status, 400)
      assert.equal(data.details[0].field, 'body')
    })

  for (const body of ['{', '{"name":"ab"', '{"name":"ab"} x', '{"__proto__":{"a":1},"name":"ab"}'])
    test(`broken JSON is a 400: ${body}`, async () => {
      const { status, data } = await call('POST', '/things', { body })
      assert.equal(status, 400)
      assert.equal(data.code, 1000)
      assert.match(data.message, /The body is not JSON/)
    })

  test('another content type is a 400 that names the right one', async () => {
    const response = await fetch(`${url}/v1/things`, {
      method: 'POST',
      headers: { 'X-Api-Key': KEY, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'name=ab',
    })
    assert.equal(response.status, 400)
    assert.match(await response.text(), /Content-Type: application\/json/)
  })

  test('a body of 10 MB gets a clear 413, also when it comes without a length', async () => {
    const text = JSON.stringify({ name: 'x'.repeat(10_000_000) })
    const { status, data } = await call('POST', '/things', { body: text })
    assert.equal(status, 413)
    assert.equal(data.errorCode, 'TOO_LARGE')
    assert.match(data.message, /accepts 1048576 bytes/)
    const streamed = await fetch(`${url}/v1/things`, {
      method: 'POST',
      headers: { 'X-Api-Key': KEY, 'Content-Type': 'application/json' },
      body: new Blob([text]).stream(),
      duplex: 'half',
    })
    assert.equal(streamed.status, 413)
    assert.match(await streamed.text(), /accepts 1048576 bytes/)
  })

  test('what is not HTTP is closed with a 400', async () => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    socket.write('hello\r\n\r\n')
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk)
    assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1.1 400/)
  })

  test('an address that cannot be read is a 400 in the envelope', async () => {
    const { status, answer } = await call('GET', '/things/%ZZ')
    assert.equal(status, 400)
    assert.equal(answer.status, 'ERROR')
  })

  test('an unknown path is a 404 that says where to look', async () => {
    const { status, data } = await call('GET', '/nothing?x=1')
    assert.equal(status, 404)
    assert.equal(data.code, 1005)
    assert.match(data.message, /There is no GET \/v1\/nothing\. GET \/v1\/openapi\.json/)
  })

  test('what is missing is a 404 with its text', async () => {
    const { status, data } = await call('GET', '/missing')
    assert.deepEqual([status, data.code, data.errorCode], [404, 1001, 'NOT_FOUND'])
    assert.match(data.message, /The thing with the id '1' was not found/)
  })

  test('what passes is a 503 with Retry-After', async () => {
    const { status, headers, data } = await call('GET', '/busy')
    assert.deepEqual([status, headers.get('retry-after'), data.code], [503, '7', 5001])
  })

  test('our own fault is a 500 that gives nothing away', async () => {
    const { status, answer } = await call('GET', '/broken')
    assert.deepEqual([status, answer.data.code], [500, 1004])
    assert.doesNotMatch(JSON.stringify(answer), /secrets/)
  })

  for (const query of ['limit=0', 'limit=101', 'offset=-1', 'limit=x', 'limit=2.5', 'offset='])
    test(`a page of ${query} is refused`, async () => {
      const { status, data } = await call('GET', `/things?${query}`)
      assert.equal(status, 400)
      assert.equal(data.details[0].field, query.split('=')[0])
    })

  test('creation answers 201 in the success envelope, whatever else the SDK sends', async () => {
    const { status, answer, headers } = await post({ name: 'ab', type: 'S3_ROLE_BASED' })
    assert.equal(status, 201)
    assert.equal(answer.status, 'SUCCESS')
    assert.deepEqual(answer.data.result.echo, { name: 'ab', type: 'S3_ROLE_BASED' })
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('cache-control'), 'no-store')
  })

  test('a known member that is null is absent; free-form objects keep their nulls', async () => {
    const { status, data } = await post({ name: 'ab', format: null, customData: { a: null } })
    assert.equal(status, 201)
    assert.deepEqual(data.result.echo, { name: 'ab', customData: { a: null } })
  })

  for (const startTime of ['2026-01-31T13:00:00Z', '2026-01-31T13:00:00.000+02:00'])
    test(`the instant ${startTime} is taken`, async () => {
      assert.equal((await post({ name: 'ab', startTime })).status, 201)
    })
  for (const startTime of ['2026-01-31', '2026-02-30T00:00:00Z', '2026-01-31T13:00:00', 'x'])
    test(`the instant ${startTime} is refused`, async () => {
      assert.equal((await post({ name: 'ab', startTime })).status, 400)
    })

  test('a trailing slash is accepted', async () => {
    const { status } = await call('POST', '/things/', { body: '{"name":"ab"}' })
    assert.equal(status, 201)
  })

  test('GET and DELETE without a body may claim a JSON content type', async () => {
    assert.equal((await call('GET', '/things')).status, 200)
    assert.equal((await call('DELETE', '/things/1')).status, 200)
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    socket.write(
      `DELETE /v1/things/1 HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${KEY}\r\nConnection: close\r\n` +
        'Content-Type: application/json\r\nContent-Length: 0\r\n\r\n',
    )
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk)
    assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1.1 200/)
  })

  test('a page has integers, items and the addresses of its neighbours', async () => {
    const { data } = await call('GET', '/things?limit=10&offset=10&name=a%20b&x-api-key=secret')
    const { items, ...page } = data.result
    assert.equal(items.length, 10)
    assert.deepEqual(page, {
      totalCount: 30,
      offset: 10,
      limit: 10,
      previous: `${url}/v1/things?limit=10&offset=0&name=a+b`,
      next: `${url}/v1/things?limit=10&offset=20&name=a+b`,
    })
    const last = (await call('GET', '/things?offset=25')).data.result
    assert.deepEqual([last.items.length, last.limit, last.next], [5, 25, undefined])
    const beyond = (await call('GET', '/things?offset=99')).data.result
    assert.deepEqual([beyond.items, beyond.totalCount], [[], 30])
  })

  test('the key may stand in the query, in any case', async () => {
    const response = await fetch(`${url}/v1/things?X-Api-Key=${KEY}`)
    assert.equal(response.status, 200)
  })

  test('a UUID given as x-request-id is the request id; anything else is not', async () => {
    const given = randomUUID()
    for (const [id, isKept] of [
      [given, true],
      ['<script>', false],
    ] as const) {
      const response = await fetch(`${url}/v1/open`, { headers: { 'X-Request-Id': id } })
      assert.equal(Object(await response.json()).requestId === id, isKept)
    }
  })

  test('a public route needs no key', async () => {
    assert.equal((await call('GET', '/open', { key: 'no' })).status, 200)
  })

  test('healthz, readyz, metrics and openapi.json answer without a key', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics', '/v1/openapi.json'])
      assert.equal((await fetch(url + path)).status, 200, path)
    missing.push('The sample store is starting.')
    const notReady = await fetch(`${url}/readyz`)
    assert.equal(notReady.status, 503)
    assert.match(await notReady.text(), /The sample store is starting/)
    missing.pop()
  })

  test('the metrics count requests by route, never by id', async () => {
    await call('DELETE', '/things/an-id-of-someone')
    const text = await (await fetch(`${url}/metrics`)).text()
    assert.match(
      text,
      /sluice_request_duration_seconds_count\{method="DELETE",route="\/v1\/things\/:id"/,
    )
    assert.doesNotMatch(text, /an-id-of-someone/)
  })

  test('openapi.json has envelopes, errors and 3.1', async () => {
    const document = Object(await (await fetch(`${url}/v1/openapi.json`)).json())
    assert.equal(document.openapi, '3.1.0')
    const { responses } = document.paths['/v1/things'].post
    assert.deepEqual(Object.keys(responses), ['201', 'default'])
    const { properties } = responses['201'].content['application/json'].schema
    assert.deepEqual(Object.keys(properties), ['requestId', 'status', 'data'])
    assert.ok(document.components.schemas.ErrorResponse)
    const { parameters } = document.paths['/v1/things'].get
    assert.deepEqual(
      parameters.map((each: Record<string, unknown>) => [each.name, each.required]),
      [
        ['offset', false],
        ['limit', false],
      ],
    )
  })
})
