import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import openapiTypescript, { astToString } from 'openapi-typescript'
import {
  AccessError,
  ConnectionError,
  createClient,
  ExportTaskError,
  InvalidRequestError,
  NotFoundError,
  ServiceError,
} from './sdk.ts'

type Answer = { status?: number; body: unknown; retryAfter?: string } | 'cut' | 'silence'

/** Answers each request as told, and remembers what was asked. */
async function startAnswering(test: TestContext, answer: (path: string) => Answer) {
  const asked: { url: string; headers: Record<string, unknown> }[] = []
  const server: Server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', headers: request.headers })
    const told = answer(request.url ?? '')
    if (told === 'cut') request.socket.destroy()
    if (typeof told === 'string') return
    const { status = 200, body, retryAfter } = told
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json')
      if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter)
      response.writeHead(status)
      response.end(JSON.stringify(body))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  test.after(() => server.closeAllConnections())
  test.after(() => server.close())
  const { port } = Object(server.address())
  const apiUrl = `http://127.0.0.1:${port}/v1`
  return { asked, client: createClient({ apiUrl, apiKey: 'key', organizationId: 'org' }) }
}

const failure = (errorCode: string) => ({
  requestId: 'r-1',
  status: 'ERROR',
  data: { errorCode, message: 'No.', details: [{ text: 'is missing', field: 'name' }] },
})
const success = (result: unknown) => ({ requestId: 'r', status: 'SUCCESS', data: { result } })

const classes = [
  [400, InvalidRequestError],
  [403, AccessError],
  [404, NotFoundError],
  [429, ServiceError],
  [503, ServiceError],
] as const
for (const [status, expected] of classes)
  test(`status ${status} is a ${expected.name} with code, request id and details`, async (t) => {
    const { client } = await startAnswering(t, () => ({ status, body: failure('SOME_CODE') }))
    await assert.rejects(client.licenses.get('x'), (error) => {
      assert(error instanceof expected)
      assert.deepEqual(
        [error.code, error.requestId, error.status, error.details],
        ['SOME_CODE', 'r-1', status, ['name is missing']],
      )
      return true
    })
  })

test('an answer that asks to wait says how long; a date is left out', async (t) => {
  const answers = ['7', 'Wed, 21 Oct 2037 07:28:00 GMT', undefined]
  const { client } = await startAnswering(t, () => {
    const retryAfter = answers.shift()
    const body = failure('TOO_MANY_REQUESTS')
    return { status: 429, body, ...(retryAfter !== undefined && { retryAfter }) }
  })
  for (const retryAfterSeconds of [7, undefined, undefined])
    await assert.rejects(client.licenses.get('x'), { name: 'ServiceError', retryAfterSeconds })
})

test('where nobody answers is said', async () => {
  const client = createClient({ apiUrl: 'http://127.0.0.1:1/v1', apiKey: 'key' })
  await assert.rejects(client.licenses.get('x'), ConnectionError)
})

test('an empty id asks for nothing: it would be the path of the whole list', async (t) => {
  const { asked, client } = await startAnswering(t, () => ({ body: success({}) }))
  await assert.rejects(client.licenses.get(''), InvalidRequestError)
  await assert.rejects(client.apiKeys.delete(''), InvalidRequestError)
  await assert.rejects(client.exportTasks.waitUntilFinished(''), InvalidRequestError)
  assert.deepEqual(asked, [])
})

test('one page of a list is asked for alone, with its filter', async (t) => {
  const { asked, client } = await startAnswering(t, () => ({
    body: success({ totalCount: 10_000, items: [{ id: '1' }] }),
  }))
  const list = client.exportTasks.list({ state: 'ERROR' })
  const page = await list.page({ offset: 5000, limit: 50 })
  assert.deepEqual([page.totalCount, page.items.length], [10_000, 1])
  assert.deepEqual(
    asked.map(({ url }) => url),
    ['/v1/analytics/exports?offset=5000&limit=50&state=ERROR'],
  )
})

test('a list asks for page after page, with key and organization', async (t) => {
  const { asked, client } = await startAnswering(t, (path) => {
    const offset = Number(new URL(path, 'http://x').searchParams.get('offset'))
    return {
      body: success({
        totalCount: 3,
        items: [{ id: offset }, { id: offset + 1 }].slice(0, 3 - offset),
      }),
    }
  })
  const ids: unknown[] = []
  for await (const { id } of client.licenses.list()) ids.push(id)
  assert.deepEqual(ids, [0, 1, 2])
  assert.equal(asked.length, 2)
  assert.deepEqual(
    asked.map(({ headers }) => [headers['x-api-key'], headers['x-tenant-org-id']]),
    [
      ['key', 'org'],
      ['key', 'org'],
    ],
  )
})

test('waiting ends with the finished task, and throws the remedy of one in ERROR', async (t) => {
  const answers = [
    { status: 503, body: failure('DATABASE_UNAVAILABLE') },
    { body: success({ id: 'a', status: 'STARTED', progress: 50 }) },
    { body: success({ id: 'a', status: 'FINISHED', progress: 100 }) },
    { body: success({ status: 'ERROR', error: { code: 'C', message: 'M', remedy: 'R' } }) },
  ]
  const { client } = await startAnswering(t, () => answers.shift() ?? { status: 500, body: {} })
  const seen: number[] = []
  const onProgress = (task: { progress: number }) => seen.push(task.progress)
  const finished = await client.exportTasks.waitUntilFinished('a', { pollMs: 1, onProgress })
  assert.equal(finished.status, 'FINISHED')
  assert.deepEqual(seen, [50, 100])
  await assert.rejects(client.exportTasks.waitUntilFinished('a', { pollMs: 1 }), (error) => {
    assert(error instanceof ExportTaskError)
    assert.deepEqual([error.code, error.message, error.remedy], ['C', 'M', 'R'])
    return true
  })
})

test('waiting goes on when a service that was there is away for a while, and no longer than it is told', async (t) => {
  const started = { body: success({ id: 'a', status: 'STARTED', progress: 50 }) }
  const finished = { body: success({ id: 'a', status: 'FINISHED', progress: 100 }) }
  const answers: Answer[] = ['cut', started, 'cut', 'cut', finished, started, 'cut', finished]
  const { client, asked } = await startAnswering(t, () => answers.shift() ?? 'cut')
  const wait = (options = {}) =>
    client.exportTasks.waitUntilFinished('a', { pollMs: 1, ...options })
  await assert.rejects(wait(), ConnectionError)
  assert.equal(asked.length, 1)
  assert.equal((await wait()).status, 'FINISHED')
  await assert.rejects(wait({ silenceMsMax: 0 }), ConnectionError)
})

test('a signal ends waiting while the service owes its answer', async (t) => {
  const stop = new AbortController()
  const { client } = await startAnswering(t, () => {
    stop.abort(new Error('enough'))
    return 'silence'
  })
  const { signal } = stop
  await assert.rejects(client.exportTasks.waitUntilFinished('a', { signal }), /^Error: enough$/)
})

test('the types are those of docs/openapi.json; npm run docs writes them anew', async () => {
  const docs = join(import.meta.dirname, '../../docs/openapi.json')
  const expected = astToString(await openapiTypescript(new URL(`file://${docs}`)))
  const written = await readFile(join(import.meta.dirname, 'generated/openapi.ts'), 'utf8')
  assert(written.endsWith(expected), 'run npm run docs')
})
