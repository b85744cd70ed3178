import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { createClient } from '@sluice/sdk'
import { openCustomer, openTestClickhouse, startWorld } from '#testing'

// Several services, each with its worker, on one PostgreSQL and one ClickHouse.

const HOUR_MS = 3_600_000
const DAY = new Date(Math.floor(Date.now() / 86_400_000 - 1) * 86_400_000)
const TASKS = 6
const ROWS = 480
const BUCKET = 'several-bucket'

test('three services and two workers share the work: each task is done once, also when some go', {
  skip: !process.env.SLUICE_TEST_DATABASE_URL && 'needs PostgreSQL: npm run test:postgres',
}, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-several-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  await using clickhouse = await openTestClickhouse({ dataDirectory: directory })
  await using world = await startWorld({
    env: { SLUICE_LOG_LEVEL: 'error', SLUICE_CLICKHOUSE_URL: clickhouse.address },
  })
  // At the same time: the migrations of both stores wait for each other.
  const [second, third, worker, leaving] = await Promise.all([
    world.startAnotherService(),
    world.startAnotherService(),
    world.startAnotherService({ role: 'worker' }),
    world.startAnotherService({ role: 'worker' }),
  ])
  await using _second = second
  await using _third = third
  await using _worker = worker
  await using _leaving = leaving
  assert.equal((await fetch(`${worker.url}/readyz`)).status, 200)
  assert.equal((await fetch(`${worker.apiUrl}/analytics/exports`)).status, 404)
  const organization = await world.createOrganization('Aurora Video')
  const { apiKey, licenseKey, aws } = organization
  const clients = [world, second, third].map(({ apiUrl }) => createClient({ apiUrl, apiKey }))
  const [first] = clients
  assert(first)
  const { value: license } = await first.licenses.list().next()
  assert(license)
  const row = (index: number) => ({
    time: DAY.getTime() + (index % 24) * HOUR_MS,
    impression_id: randomUUID(),
    sequence_number: index,
  })
  await Promise.all(
    clients.map((client, turn) => {
      const rows = Array.from({ length: ROWS / 3 }, (_, index) => row(index * 3 + turn))
      const body = rows.map((each) => JSON.stringify(each)).join('\n')
      return client.licenses.importSamples(license.id, {
        contentType: 'application/x-ndjson',
        body,
      })
    }),
  )
  using customer = openCustomer(world, organization)
  await customer.createBucket(BUCKET)
  const output = await first.outputs.s3RoleBased.create({
    bucketName: BUCKET,
    roleArn: `arn:aws:iam::${aws.accountId}:role/several`,
  })
  await customer.createRole('several', { externalId: output.externalId })
  const tasks = await Promise.all(
    Array.from({ length: TASKS }, (_, index) => {
      const client = clients[index % clients.length] ?? first
      return client.exportTasks.create({
        name: `task ${index}`,
        startTime: DAY.toISOString(),
        endTime: new Date(DAY.getTime() + 24 * HOUR_MS).toISOString(),
        licenseKey,
        type: 'SESSIONS',
        output: { outputId: output.id, outputPath: `task-${index}` },
      })
    }),
  )
  await third.close()
  await leaving.close()
  for (const { id } of tasks) await first.exportTasks.waitUntilFinished(id, { pollMs: 100 })
  for (const [index, { id }] of tasks.entries()) {
    const prefix = `task-${index}/`
    assert.deepEqual(await customer.countRows(BUCKET, prefix), { objects: 25, rows: ROWS })
    const manifest = await read(customer, `${prefix}manifest-${id}.json`)
    assert.deepEqual([JSON.parse(manifest).taskId, JSON.parse(manifest).rows], [id, ROWS])
  }
})

async function read({ s3 }: ReturnType<typeof openCustomer>, key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }))
  return (await Body?.transformToString()) ?? ''
}
