import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type Exporter,
  openExporter,
  openTestClickhouse,
  startWorld,
  type TestClickhouse,
} from '#testing'

// Two replicas behind one address, as ClickHouse Cloud has them: what is inserted is on the first at once, and
// on the second late.

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
  const counts = { readsOfSecond: 0 }
  let isOfSecond = (_statement: string) => false
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
    const replica = isRead && isOfSecond(statement) ? second : first
    if (replica === second) counts.readsOfSecond += 1
    const from = await send(replica, isRead ? asServer(sent, replica === first ? 1 : 2) : sent)
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
    /** The second is asked these from now on, and counted. */
    readSecond: (isAsked: (statement: string) => boolean) => {
      isOfSecond = isAsked
      counts.readsOfSecond = 0
    },
    readsOfSecond: () => counts.readsOfSecond,
    /** All inserts, in order, but those that hold the text. */
    catchUp: async (but?: string) => {
      const isBut = ({ body }: Sent) => but !== undefined && body.includes(but)
      const sending = late.filter((sent) => !isBut(sent))
      late.splice(0, late.length, ...late.filter(isBut))
      for (const sent of sending) assert.equal((await send(second, sent)).status, 200)
    },
    [Symbol.dispose]: () => void server.close().closeAllConnections(),
  }
}

/** The embedded engine has no id of its own. */
function asServer(sent: Sent, number: number): Sent {
  const id = `toUUID('00000000-0000-0000-0000-00000000000${number}')`
  const body = Buffer.from(sent.body.toString().replaceAll('serverUUID()', id))
  assert(!sent.path.includes('serverUUID'), 'statements come in the body')
  return { ...sent, body }
}

const opened = new AsyncDisposableStack()
let replicas: Awaited<ReturnType<typeof startReplicas>>
let exporter: Exporter
const skip = Boolean(process.env.SLUICE_TEST_CLICKHOUSE_URL) && 'two databases of one server'
before(async () => {
  if (skip) return
  const directory = await mkdtemp(join(tmpdir(), 'sluice-replicas-'))
  opened.defer(() => rm(directory, { recursive: true, force: true }))
  const open = async (name: string) =>
    opened.use(await openTestClickhouse({ dataDirectory: join(directory, name) }))
  replicas = opened.use(await startReplicas(await open('first'), await open('second')))
  const env = { SLUICE_LOG_LEVEL: 'silent', SLUICE_CLICKHOUSE_URL: replicas.url }
  const worker = { pollMs: 50, budget: { failuresMax: 1000, firstDelayMs: 50, delayMsMax: 300 } }
  exporter = opened.use(await openExporter(opened.use(await startWorld({ env, worker }))))
})
after(() => opened.disposeAsync())

const rowOf = (hour: number, impression_id: string) => ({
  time: DAY.getTime() + hour * HOUR_MS,
  impression_id,
  sequence_number: 0,
})

function createTask(outputPath: string, [first, end]: [number, number]) {
  const at = (hour: number) => new Date(DAY.getTime() + hour * HOUR_MS)
  return exporter.createTask({ start: at(first), end: at(end), outputPath })
}

/** It has asked the second replica so often, and put nothing. */
async function assertWaits(
  { id }: { id: string },
  { reads, delivered }: { reads: number; delivered: object },
): Promise<void> {
  const { client, customer, bucketName } = exporter
  for (let isOver = false; !isOver; await delay(50)) {
    isOver = replicas.readsOfSecond() >= reads
    assert.notEqual((await client.exportTasks.get(id)).status, 'FINISHED')
  }
  assert.deepEqual(await customer.countRows(bucketName), delivered)
}

test('a replica that lags makes an export wait, and never a short file', { skip }, async () => {
  const { client, customer, bucketName } = exporter
  const rows = Array.from({ length: ROWS }, (_, index) => rowOf(index % 2, `i-${index}`))
  await exporter.importRows(rows.slice(0, ROWS / 2))
  await replicas.catchUp()
  await exporter.importRows(rows.slice(ROWS / 2)) // these the second replica has not fetched yet
  replicas.readSecond(() => true)
  const task = await createTask('day', [0, 2])
  await assertWaits(task, { reads: 8, delivered: { objects: 0, rows: 0 } })
  await replicas.catchUp()
  await client.exportTasks.waitUntilFinished(task.id, { pollMs: 100 })
  assert.deepEqual(await customer.countRows(bucketName), { objects: 3, rows: ROWS })
  replicas.readSecond(() => false)
})

test('a replica that has as many rows and not the same never becomes a file', {
  skip,
}, async () => {
  const { client, customer, bucketName } = exporter
  const again = { ...rowOf(5, 'twice'), path: '/again' }
  await exporter.importRows([{ ...again, path: '/first' }])
  await exporter.importRows([again, rowOf(5, 'once')]) // the first that was stored is the one that counts
  await replicas.catchUp('/first')
  // The rows are compared on the first, and the file is then read from the second.
  replicas.readSecond((statement) => statement.includes('CSVWithNames'))
  const task = await createTask('evening', [5, 6])
  await assertWaits(task, { reads: 3, delivered: { objects: 3, rows: ROWS } })
  await replicas.catchUp()
  await client.exportTasks.waitUntilFinished(task.id, { pollMs: 100 })
  assert.deepEqual(await customer.countRows(bucketName), { objects: 5, rows: ROWS + 2 })
})
