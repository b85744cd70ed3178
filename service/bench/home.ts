import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ClickHouseLogLevel, createClient as createClickhouseClient } from '@clickhouse/client'
import { startLocalClickhouse } from '@sluice/local-clickhouse'
import { type Client, createClient } from '@sluice/sdk'
import { openCustomer, startWorld } from '#testing'
import { type MadeDay, type MadeFile, makeDay } from './made-day.ts'

const DAY_MS = 86_400_000
const POLL_MS = 50
/** To ask costs the service some milliseconds, which are no part of an export. */
const TASK_POLL_MS = 200
const REQUEST_TIMEOUT_MS = 1_800_000

type Bench = Awaited<ReturnType<typeof openBench>>
export type Home = Awaited<ReturnType<Bench['openHome']>>

/** A store, Sluices on it, and an S3 that discards what it gets or keeps it. */
export async function openBench(opened: AsyncDisposableStack) {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  opened.defer(() => rm(directory, { recursive: true, force: true }))
  const clickhouse = opened.use(
    await startLocalClickhouse({ dataDirectory: join(directory, 'clickhouse') }),
  )
  const { username, password } = clickhouse
  let s3Url = ''
  const start = new Date(Math.floor(Date.now() / DAY_MS - 1) * DAY_MS)

  /** A Sluice with an organization, and outputs into buckets that discard or keep what they get. */
  async function openHome(env: Record<string, string>) {
    const world = opened.use(
      await startWorld({
        env: { SLUICE_LOG_LEVEL: 'error', ...env },
        frontOf: async (endpointUrl) => {
          const url = await startDiscarding(opened, endpointUrl)
          s3Url ||= url
          return url
        },
      }),
    )
    const organization = await world.createOrganization('Bench')
    const client = createClient({ apiUrl: world.apiUrl, apiKey: organization.apiKey })
    const customer = opened.use(openCustomer(world, organization))
    await customer.createBucket('kept')
    const createOutput = async (bucketName: string): Promise<string> => {
      const roleArn = `arn:aws:iam::${organization.aws.accountId}:role/${bucketName}`
      const made = { bucketName, roleArn, cloudRegion: 'US_EAST_1' } as const
      const output = await client.outputs.s3RoleBased.create(made)
      await customer.createRole(bucketName, { externalId: output.externalId })
      return output.id
    }
    const outputs = { discarded: await createOutput('discarded'), kept: await createOutput('kept') }
    const { apiUrl, createOrganization } = world
    return { client, createOrganization, outputs, apiUrl }
  }

  function addressOf(database: string): string {
    const address = new URL(`/${database}`, clickhouse.url)
    return Object.assign(address, { username, password }).href
  }

  function openStore(database: string) {
    const made = createClickhouseClient({
      url: clickhouse.url,
      username,
      password,
      database,
      request_timeout: REQUEST_TIMEOUT_MS,
      log: { level: ClickHouseLogLevel.OFF },
    })
    opened.defer(() => made.close())
    return made
  }

  const days = new Map<string, MadeDay>()

  /** A license of its own with so many samples, in the store of that name, which is one home's; made once. */
  async function makeDayOf(
    home: { client: Client },
    storeName: string,
    { rows, isWide = false }: { rows: number; isWide?: boolean },
  ): Promise<MadeDay> {
    const name = `${rows} samples${isWide ? ', all columns' : ''}`
    const found = days.get(`${storeName}, ${name}`)
    if (found !== undefined) return found
    const { licenseKey } = await home.client.licenses.create({ name, timeZone: 'UTC' })
    const day = { start, licenseKey, rows }
    await makeDay({ store: openStore(storeName), client: home.client, isWide }, day)
    days.set(`${storeName}, ${name}`, day)
    return day
  }

  /** A store that has just begun holds nothing of how the days were made. */
  async function restartStore(): Promise<void> {
    const store = openStore('default')
    const { pid } = clickhouse
    process.kill(pid, 'SIGKILL')
    while (clickhouse.pid === pid || !(await store.ping()).success) await delay(POLL_MS)
  }

  return {
    directory,
    addressOf,
    openStore,
    openHome,
    makeDayOf,
    restartStore,
    bucketUrl: () => `${s3Url}/discarded`,
    /** Of all our processes but the S3. */
    pids: () => [process.pid, clickhouse.pid],
  }
}

/** Resolves when every file and the manifest are in the bucket. */
export async function exportDay(
  { client, outputs }: Home,
  { start, licenseKey, rows }: MadeDay,
  { fileFormat, columns }: MadeFile,
  to: 'discarded' | 'kept' = 'discarded',
): Promise<void> {
  const task = await client.exportTasks.create({
    name: 'bench',
    startTime: start.toISOString(),
    endTime: new Date(start.getTime() + DAY_MS).toISOString(),
    licenseKey,
    type: 'SESSIONS',
    fileFormat,
    columns: [...columns],
    output: { outputId: outputs[to], outputPath: randomUUID() },
  })
  await client.exportTasks.waitUntilFinished(task.id, { pollMs: TASK_POLL_MS })
  let exported = 0
  for await (const file of client.exportTasks.listFiles(task.id)) exported += file.rows ?? 0
  assert(exported >= rows, `the export has ${exported} rows of ${rows}`)
}

async function startDiscarding(opened: AsyncDisposableStack, endpointUrl: string): Promise<string> {
  const path = join(import.meta.dirname, 'discarding-s3.ts')
  const child: ChildProcess = fork(path, [endpointUrl], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  opened.defer(() => child.disconnect())
  const port = await new Promise<string>((done) =>
    child.stdout?.once('data', (data) => done(`${data}`.trim())),
  )
  return `http://127.0.0.1:${port}`
}
