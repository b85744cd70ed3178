import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { openExporter, startWorld, testDatabaseUrl } from '#testing'

// PostgreSQL goes and comes back under a service at work.

const skip = !process.env.SLUICE_TEST_DATABASE_URL && 'needs PostgreSQL: npm run test:postgres'
const HOUR_MS = 3_600_000
const DAY = new Date(Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000)
const ROWS = 240

/** Carries bytes to the server until it is told that the network is gone. */
async function startFront(server: URL) {
  const open = new Set<Socket>()
  let isCut = false
  const front = createServer((near) => {
    if (isCut) return void near.destroy()
    const far = connect(Number(server.port), server.hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy()).on('close', () => to.destroy() && open.delete(from))
    }
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  return {
    url: Object.assign(new URL(server), { port: String(Object(front.address()).port) }).href,
    cut: () => {
      isCut = true
      for (const socket of open) socket.destroy()
    },
    mend: () => {
      isCut = false
    },
    close: () => {
      for (const socket of open) socket.destroy()
      front.close()
    },
  }
}

test('while the database is away requests fail with 503, and nothing is lost', {
  skip,
}, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-lost-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const url = await testDatabaseUrl(directory)
  assert(url)
  const front = await startFront(new URL(url))
  t.after(() => front.close())
  await using world = await startWorld({
    env: { SLUICE_LOG_LEVEL: 'silent', SLUICE_DATABASE_URL: front.url },
  })
  using exporter = await openExporter(world)
  const { client, customer, licenseKey, bucketName } = exporter
  const [{ apiKey, licenseKey: knownKey } = { apiKey: '', licenseKey: '' }] = world.organizations
  await exporter.importRows(
    Array.from({ length: ROWS }, (_, index) => ({
      time: DAY.getTime() + (index % 24) * HOUR_MS,
      impression_id: `i-${index}`,
      sequence_number: 0,
    })),
  )
  const end = new Date(DAY.getTime() + 24 * HOUR_MS)
  const task = await exporter.createTask({ start: DAY, end, outputPath: 'day' })
  while ((await client.exportTasks.get(task.id)).progress === 0) await delay(20)
  front.cut()
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${world.url}${path}`, { ...init, headers: { 'X-Api-Key': apiKey, ...init.headers } })
  const askForLicense = async (headers: Record<string, string>, key = licenseKey) => {
    const body = JSON.stringify({ key, domain: 'www.example.org', analyticsVersion: 'v2.51.0' })
    return Object(await (await ask('/licensing', { method: 'POST', body, headers })).json())
  }
  const granted = await askForLicense({}, knownKey)
  const sample = JSON.stringify({ key: licenseKey, impressionId: 'x', sequenceNumber: 0 })
  for (const answer of [
    await ask('/v1/analytics/licenses'),
    await ask('/v1/analytics/exports', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({}),
    }),
    await ask('/analytics', { method: 'POST', body: sample }),
    await ask('/readyz'),
  ]) {
    assert.equal(answer.status, 503, answer.url)
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
  }
  assert.equal(granted.status, 'granted')
  assert.deepEqual(await askForLicense({}), granted, 'a web collector would be silent for good')
  assert.equal((await askForLicense({ dnt: '1' })).status, 'denied')
  assert.equal((await askForLicense({}, 'no key')).status, 'denied')
  const { message } = Object(await (await ask('/readyz')).json()).data
  assert.match(message, /database/)
  const metrics = await (await ask('/metrics')).text()
  assert.match(metrics, /^sluice_ready\{part="database"\} 0$/m)
  assert.equal((await ask('/healthz')).status, 200)
  await delay(500)
  front.mend()
  const finished = await client.exportTasks.waitUntilFinished(task.id, { pollMs: 100 })
  assert.equal(finished.status, 'FINISHED')
  assert.deepEqual(await customer.countRows(bucketName), { objects: 25, rows: ROWS })
  assert.equal((await ask('/readyz')).status, 200)
  const send = (headers: Record<string, string>) =>
    ask('/analytics', { method: 'POST', body: sample, headers })
  assert.equal((await send({ dnt: '1' })).status, 403)
  assert.equal((await send({})).status, 204)
})

test('connections that the server ends are 503 at most, never 500', { skip }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-lost-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const url = await testDatabaseUrl(directory)
  assert(url)
  await using world = await startWorld({
    env: { SLUICE_LOG_LEVEL: 'silent', SLUICE_DATABASE_URL: url },
  })
  const { apiKey } = await world.createOrganization('Aurora Video')
  await using operator = await openOperator(url)
  const statuses = new Set<number>()
  const asking = Array.from({ length: 8 }, async () => {
    for (let round = 0; round < 40; round += 1) {
      const headers = { 'X-Api-Key': apiKey, 'Content-Type': 'application/json' }
      const body = JSON.stringify({ name: 'web', timeZone: 'UTC' })
      const made = await fetch(`${world.apiUrl}/analytics/licenses`, {
        method: 'POST',
        headers,
        body,
      })
      statuses.add(made.status)
      await made.text()
    }
  })
  for (let round = 0; round < 10; round += 1) {
    await operator.endAllOthers()
    await delay(30)
  }
  await Promise.all(asking)
  statuses.delete(201)
  statuses.delete(503)
  assert.deepEqual([...statuses], [])
  assert.equal((await fetch(`${world.url}/readyz`)).status, 200)
})

async function openOperator(connectionString: string) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  return {
    endAllOthers: () =>
      client.query(
        'select pg_terminate_backend(pid) from pg_stat_activity ' +
          'where datname = current_database() and pid != pg_backend_pid()',
      ),
    [Symbol.asyncDispose]: () => client.end(),
  }
}
