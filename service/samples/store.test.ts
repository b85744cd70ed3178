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
