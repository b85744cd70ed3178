import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openExporter, openTestClickhouse, startWorld, type TestClickhouse } from '#testing'

// Two replicas behind one address: what is inserted is on the first at once, and on the second late.

const HOUR_MS = 3_600_000
const DAY = new Date(Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000)
const ROWS = 48

interface Sent {
  path: string
  method: string
  body: Buffer<ArrayBuffer>
}

async function startReplicas(first: TestClickhouse, second: TestClickhouse) {
  const late: Sent[] = []
  let isSecondRead = false
  let readsOfSecond = 0
  const send = (replica: TestClickhouse, { path, method, body }: Sent) => {
    const pair = `${replica.username}:${replica.password}`
    const headers = { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
    return fetch(`${replica.url}${path}`, { method, headers, ...(body.length > 0 && { body }) })
  }
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { url: path = '/', method = 'GET' } = request
    const sent = { path, method, body: Buffer.from(await buffer(request)) }
    const statement = new URL(path, first.url).searchParams.get('query') ?? sent.body.toString()
    const isInsert = /^\s*INSERT\b/i.test(statement)
    const isRead = /^\s*SELECT\b/i.test(statement)
    if (isInsert) late.push(sent)
    else if (!isRead) await send(second, sent)
    if (isRead && isSecondRead) readsOfSecond += 1
    const from = await send(isRead && isSecondRead ? second : first, sent)
    for (const name of ['x-clickhouse-summary', 'x-clickhouse-exception-code', 'content-type']) {
      const value = from.headers.get(name)
      if (value !== null) response.setHeader(name, value)
    }
    response.writeHead(from.status).end(Buffer.from(await from.arrayBuffer()))
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${Object(server.address()).port}/${first.database}`,
    readSecond: () => {
      isSecondRead = true
    },
    readsOfSecond: () => readsOfSecond,
    catchUp: async () => {
      for (const sent of late.splice(0)) assert.equal((await send(second, sent)).status, 200)
    },
    [Symbol.dispose]: () => void server.close().closeAllConnections(),
  }
}

test('a replica that lags makes an export wait, and never a short file', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-replicas-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  await using first = await openTestClickhouse({ dataDirectory: join(directory, 'first') })
  await using second = await openTestClickhouse({ dataDirectory: join(directory, 'second') })
  if (first.pid === undefined) return t.skip('two databases of one server have different names')
  using replicas = await startReplicas(first, second)
  await using world = await startWorld({
    env: { SLUICE_LOG_LEVEL: 'silent', SLUICE_CLICKHOUSE_URL: replicas.url },
  })
  using exporter = await openExporter(world)
  const { client, customer, bucketName } = exporter
  const rows = Array.from({ length: ROWS }, (_, index) => ({
    time: DAY.getTime() + (index % 2) * HOUR_MS,
    impression_id: `i-${index}`,
    sequence_number: 0,
  }))
  await exporter.importRows(rows.slice(0, ROWS / 2))
  await replicas.catchUp()
  await exporter.importRows(rows.slice(ROWS / 2)) // these the second replica has not fetched yet
  replicas.readSecond()
  const end = new Date(DAY.getTime() + 2 * HOUR_MS)
  const task = await exporter.createTask({ start: DAY, end, outputPath: 'day' })
  while (replicas.readsOfSecond() < 4) await delay(50)
  await delay(500)
  assert.equal((await client.exportTasks.get(task.id)).status, 'STARTED')
  assert.deepEqual(await customer.countRows(bucketName), { objects: 0, rows: 0 })
  await replicas.catchUp()
  await client.exportTasks.waitUntilFinished(task.id, { pollMs: 100 })
  assert.deepEqual(await customer.countRows(bucketName), { objects: 3, rows: ROWS })
})
