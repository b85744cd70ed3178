import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { openExporter, openTestClickhouse, startWorld, type TestClickhouse } from '#testing'

// A sample store that breaks off within a file, one that is killed there, and one that takes long for it.

const HOUR_MS = 3_600_000
const DAY = new Date(Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000)
const ROWS = 500

/** What becomes of the next answer with a file. */
type Trouble = 'cut, of a known length' | 'cut, of unknown length' | 'error' | 'kill' | 'silence'

async function startFront(behind: TestClickhouse) {
  const troubles: Trouble[] = []
  const killed: string[] = []
  let waiting: string | undefined
  const pair = `${behind.username}:${behind.password}`
  const authorization = `Basic ${Buffer.from(pair).toString('base64')}`
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { url = '/', method = 'GET' } = request
    const body = await buffer(request)
    const { searchParams } = new URL(url, behind.url)
    const statement = searchParams.get('query') ?? body.toString()
    if (statement.startsWith('KILL QUERY')) killed.push(statement)
    const trouble = /FORMAT CSVWithNames/.test(statement) ? troubles.shift() : undefined
    if (trouble === 'silence') waiting = searchParams.get('query_id') ?? ''
    if (trouble === 'silence') return
    if (trouble === 'error')
      return void response
        .writeHead(500, { 'X-ClickHouse-Exception-Code': '241' })
        .end('Code: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)')
    const sent = body.length > 0 ? { body } : {}
    const asking = fetch(`${behind.url}${url}`, { method, headers: { authorization }, ...sent })
    if (trouble === 'kill' && behind.pid) process.kill(behind.pid(), 'SIGKILL')
    const from = await asking
    for (const name of ['x-clickhouse-summary', 'x-clickhouse-exception-code', 'content-type']) {
      const value = from.headers.get(name)
      if (value !== null) response.setHeader(name, value)
    }
    const bytes = Buffer.from(await from.arrayBuffer())
    if (trouble === undefined || trouble === 'kill')
      return void response.writeHead(from.status).end(bytes)
    if (trouble === 'cut, of a known length') response.setHeader('content-length', bytes.length)
    response.writeHead(from.status)
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${Object(server.address()).port}/${behind.database}`,
    troubles,
    killed,
    waiting: () => waiting,
    [Symbol.dispose]: () => void server.close().closeAllConnections(),
  }
}

const name =
  'a store that breaks off within a file, or is killed, is asked again; a cancelled task’s query is killed'

test(name, { timeout: 120_000 }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-store-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  await using clickhouse = await openTestClickhouse({ dataDirectory: directory })
  using front = await startFront(clickhouse)
  await using world = await startWorld({
    probePauseMs: 1,
    worker: { pollMs: 20, budget: { failuresMax: 12, firstDelayMs: 20, delayMsMax: 200 } },
    env: { SLUICE_LOG_LEVEL: 'silent', SLUICE_CLICKHOUSE_URL: front.url },
  })
  using exporter = await openExporter(world)
  const { client, customer, bucketName } = exporter
  await exporter.importRows(
    Array.from({ length: ROWS }, (_, index) => ({
      time: DAY.getTime() + index,
      impression_id: `i-${index}`,
      sequence_number: 0,
    })),
  )
  const end = new Date(DAY.getTime() + HOUR_MS)
  const troubles: Trouble[] = ['cut, of a known length', 'cut, of unknown length', 'error', 'kill']
  const pidBefore = clickhouse.pid?.()
  front.troubles.push(...troubles)
  const broken = await exporter.createTask({ start: DAY, end, outputPath: 'broken' })
  await client.exportTasks.waitUntilFinished(broken.id, { pollMs: 50 })
  assert.equal(front.troubles.length, 0)
  assert.deepEqual(await customer.countRows(bucketName), { objects: 2, rows: ROWS })
  if (clickhouse.pid) assert.notEqual(clickhouse.pid(), pidBefore)
  const { value: file } = await client.exportTasks.listFiles(broken.id).next()
  assert(file)
  assert.equal(file.lastError?.code, 'SAMPLES_UNAVAILABLE')
  assert(file.attempts >= (clickhouse.pid ? 5 : 4), `${file.attempts} attempts`)
  const Key = file.objectKey
  const { Body } = await customer.s3.send(new GetObjectCommand({ Bucket: bucketName, Key }))
  const bytes = (await Body?.transformToByteArray()) ?? ''
  const hashes = ['sha256', 'md5'].map((name) => createHash(name).update(bytes).digest('hex'))
  assert.deepEqual([file.sha256, file.md5], hashes)

  front.troubles.push('silence')
  const stuck = await exporter.createTask({ start: DAY, end, outputPath: 'stuck' })
  while (front.waiting() === undefined) await delay(20)
  await client.exportTasks.cancel(stuck.id)
  while ((await client.exportTasks.get(stuck.id)).state !== 'CANCELLED') await delay(20)
  // Nobody waits for the answer, so it may come after the end of the task.
  while (!front.killed.some((statement) => statement.includes(`'${front.waiting()}'`)))
    await delay(20)
  assert.deepEqual(await customer.countRows(bucketName, 'stuck/'), { objects: 0, rows: 0 })
})
