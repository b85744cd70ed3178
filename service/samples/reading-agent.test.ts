import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { isLent } from './reading-agent.ts'
import { openStore } from './store.ts'

const BYTES = 8 * 1024 ** 2

for (const isChunked of [false, true])
  test(`bytes stay what they were while a slow reader holds them, ${isChunked ? 'in chunks' : 'by length'}`, async (t) => {
    const sent = randomBytes(BYTES)
    const server = createServer((request, response) => {
      request.resume()
      if (!isChunked) response.setHeader('content-length', BYTES)
      for (let at = 0; at < BYTES; at += 100_000) response.write(sent.subarray(at, at + 100_000))
      response.end()
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    t.after(() => void server.close().closeAllConnections())
    const url = `http://127.0.0.1:${Object(server.address()).port}`
    const store = openStore({ url }, { readsFiles: true })
    t.after(() => store.close())
    for (let time = 0; time < 2; time += 1) {
      const { body } = await store.stream({ sql: 'SELECT 1 FORMAT CSV' })
      const held: Uint8Array[] = []
      for await (const bytes of body) {
        assert(!isLent(bytes))
        held.push(bytes)
        await turn()
      }
      const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
      assert.equal(hash(Buffer.concat(held)), hash(sent))
    }
  })
