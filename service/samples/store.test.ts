import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { type TestContext, test } from 'node:test'
import { isAtLeast, openStore } from './store.ts'

/** A server of this version, which remembers what else it is asked. */
async function startServer(t: TestContext, version: string) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    let sql = ''
    request.setEncoding('utf8').on('data', (text) => (sql += text))
    request.on('end', () => {
      if (!sql.includes('version()')) asked.push(sql)
      response.end(`${JSON.stringify({ version })}\n`)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => void server.close().closeAllConnections())
  return { url: `http://127.0.0.1:${Object(server.address()).port}`, asked }
}

test('an older ClickHouse is refused at the start, and nothing is changed in it', async (t) => {
  const { url, asked } = await startServer(t, '24.7.6.8')
  const store = openStore({ url, databaseName: 'sluice' })
  t.after(() => store.close())
  await assert.rejects(store.migrate(), /ClickHouse is 24\.7\.6\.8; Sluice needs 24\.8 or newer/)
  assert.deepEqual(asked, [])
})

test('a setting goes to the servers that know it; one that has forgotten it is asked again', async (t) => {
  let [knows, refuses] = [true, false]
  const sent: boolean[] = []
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost')
    let sql = ''
    request.setEncoding('utf8').on('data', (text) => (sql += text))
    request.on('end', () => {
      if (sql.includes('system.settings'))
        return void response.end(knows ? '{"name":"may_be_known"}\n' : '')
      sent.push(searchParams.has('may_be_known'))
      if (refuses) response.writeHead(404, { 'x-clickhouse-exception-code': '115' })
      response.end(refuses ? 'Code: 115. DB::Exception: Unknown. (UNKNOWN_SETTING)' : '1')
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => void server.close().closeAllConnections())
  const store = openStore({ url: `http://127.0.0.1:${Object(server.address()).port}` })
  t.after(() => store.close())
  const read = async () => {
    const settingsIfKnown = { may_be_known: 0 }
    const { body } = await store.stream({ sql: 'SELECT 1 FORMAT CSV', settingsIfKnown })
    await body.resume().toArray()
  }
  await read()
  ;[knows, refuses] = [false, true]
  await assert.rejects(read(), { code: 'SAMPLES_UNAVAILABLE' })
  refuses = false
  await read()
  assert.deepEqual(sent, [true, true, false])
})

for (const [version, is] of [
  ['24.8.1.1', true],
  ['24.10.1.2812', true],
  ['25.1', true],
  ['24.7.99.99', false],
  ['23.12.1.1', false],
  ['', false],
] as const)
  test(`${version || 'no version'} is ${is ? 'new enough' : 'too old'}`, () => {
    assert.equal(isAtLeast(version, '24.8'), is)
  })

test('a file whose end only the end of the connection would tell is not read', async (t) => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.useChunkedEncodingByDefault = false // as a proxy of HTTP/1.0
      response.writeHead(200, { connection: 'close' })
      response.write('1\n', () => response.destroy())
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => void server.close().closeAllConnections())
  const store = openStore({ url: `http://127.0.0.1:${Object(server.address()).port}` })
  t.after(() => store.close())
  await assert.rejects(store.stream({ sql: 'SELECT 1 FORMAT CSV' }), {
    code: 'SAMPLES_UNAVAILABLE',
    message: /HTTP\/1\.1/,
  })
})
