import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { CallerError } from '#errors'
import { type App, createServer } from '#http'
import { openTelemetry } from '#telemetry'
import { consolePages } from './console.ts'

const clock = { now: () => new Date('2026-01-02T03:04:05Z') }
const page = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

describe('the console’s pages', () => {
  const telemetry = openTelemetry({ level: 'silent' })
  let directory: string
  let app: App
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-pages-'))
    await mkdir(join(directory, 'assets'))
    await writeFile(
      join(directory, 'index.html'),
      '<meta nonce="CSP_NONCE"><style nonce="CSP_NONCE">',
    )
    await writeFile(join(directory, 'assets', 'main-abc.js'), 'export {}')
    await writeFile(join(directory, 'secret.txt'), 'secret')
    app = await createServer({
      clock,
      telemetry,
      authenticate: () => Promise.reject(new CallerError('UNAUTHENTICATED', 'No key.')),
      readiness: async () => [],
      routes: [],
      rootRoutes: [consolePages(directory)],
    })
  })
  after(async () => {
    await app.close()
    telemetry.close()
    await rm(directory, { recursive: true })
  })

  const get = (url: string, headers: Record<string, string> = page) =>
    app.inject({ method: 'GET', url, headers })

  test('an unknown path of the API is no page, and neither is what asks for none', async () => {
    for (const url of ['/v1', '/v1/', '/v1/nothing', '/v1?x=1']) {
      const answer = await get(url)
      assert.equal(answer.statusCode, 404, url)
      assert.equal(answer.json().data.errorCode, 'NOT_FOUND')
    }
    assert.equal((await get('/outputs', { accept: '*/*' })).statusCode, 404)
    assert.equal((await get('/outputs', {})).statusCode, 404)
    const post = await app.inject({ method: 'POST', url: '/outputs', headers: page })
    assert.equal(post.statusCode, 404)
  })

  test('nothing outside of the assets is handed out', async () => {
    for (const url of ['/assets/../secret.txt', '/assets/%2e%2e/secret.txt', '/assets/missing.js'])
      assert.equal((await get(url, {})).statusCode, 404, url)
  })

  test('every other address is the one document, which nothing keeps', async () => {
    for (const url of ['/', '/sign-in', '/organizations/x/outputs/y?tab=z']) {
      const answer = await get(url)
      assert.equal(answer.statusCode, 200)
      assert.match(String(answer.headers['content-type']), /^text\/html/)
      assert.equal(answer.headers['cache-control'], 'no-store')
    }
    assert.equal((await get('/', { accept: '*/*' })).statusCode, 200)
  })

  test('it runs scripts of this service alone, and styles with the nonce of this answer', async () => {
    const [first, second] = [await get('/'), await get('/')]
    const policy = String(first.headers['content-security-policy'])
    const [, nonce = ''] = /'nonce-([^']{22,})'/.exec(policy) ?? []
    assert.equal(first.body, `<meta nonce="${nonce}"><style nonce="${nonce}">`)
    assert.notEqual(first.body, second.body)
    assert.match(policy, /default-src 'none'; script-src 'self';/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe|https?:|\*/)
    assert.equal(first.headers['x-content-type-options'], 'nosniff')
    assert.equal(first.headers['referrer-policy'], 'no-referrer')
    assert.equal(first.headers['cross-origin-opener-policy'], 'same-origin')
  })

  test('assets are kept for a year', async () => {
    const answer = await get('/assets/main-abc.js', {})
    assert.equal(answer.statusCode, 200)
    assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.match(String(answer.headers['content-type']), /^(text|application)\/javascript/)
  })

  test('a console that was never built says so', async () => {
    await rm(join(directory, 'index.html'))
    const answer = await get('/')
    assert.equal(answer.statusCode, 503)
    assert.match(answer.body, /not built\. Run `npm ci`/)
  })
})
