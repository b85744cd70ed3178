/**
 * The export of a day beside a peer's, in one run: ClickHouse's own INSERT INTO FUNCTION s3(…) of the same
 * files to the same S3. One JSON line for each row; times are medians of pairs, taken in turns.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ClickHouseLogLevel, createClient as createClickhouseClient } from '@clickhouse/client'
import { startLocalClickhouse } from '@sluice/local-clickhouse'
import { createClient } from '@sluice/sdk'
import { sampleColumns } from '#samples'
import { openCustomer, startPostgres, startWorld } from '#testing'
import { exportByPeer, type MadeDay, madeColumns, makeDay } from './made-day.ts'
import { peakMemoryOf } from './peak-memory.ts'

const ROWS = Number(process.env.SLUICE_BENCH_ROWS ?? 5_000_000)
const PAIRS = 3
/** A tenth is little: more pairs tell it from chance. */
const HOME_PAIRS = 5
const DAY_MS = 86_400_000
const POLL_MS = 50
const REQUEST_TIMEOUT_MS = 600_000
/** Of the day that both homes of the database export. */
const HOME_ROWS = Math.min(ROWS, 2_000_000)
const formats = ['CSV', 'PARQUET'] as const
const allColumns = sampleColumns.map(({ name }) => name)

await using opened = new AsyncDisposableStack()
const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
opened.defer(() => rm(directory, { recursive: true, force: true }))
const clickhouse = opened.use(
  await startLocalClickhouse({ dataDirectory: join(directory, 'clickhouse') }),
)
const { username, password } = clickhouse
let s3Url = ''
const store = openStore('default')
const embedded = await openHome({ SLUICE_CLICKHOUSE_URL: addressOf('default') })
const { client, organization } = embedded
const second = await client.licenses.create({ name: 'small', timeZone: 'UTC' })
const start = new Date(Math.floor(Date.now() / DAY_MS - 1) * DAY_MS)
const large: MadeDay = { start, licenseKey: organization.licenseKey, rows: ROWS }
const small: MadeDay = { start, licenseKey: second.licenseKey, rows: Math.round(ROWS / 10) }
await makeDay({ store, client }, small)
await makeDay({ store, client }, large)

await forgetTheMaking()
const pids = [process.pid, clickhouse.pid]
for (const fileFormat of formats) {
  const file = { fileFormat, columns: madeColumns }
  await exportByUs(small, file) // caches fill once
  const few = await peakMemoryOf(pids, () => exportByUs(small, file))
  const many = await peakMemoryOf(pids, () => exportByUs(large, file))
  report('memory of an export', { fileFormat, rows: [small.rows, large.rows], unit: 'MiB' }, 1.1, {
    base: few,
    ours: many,
  })
}
for (const fileFormat of formats) {
  const file = { fileFormat, columns: madeColumns }
  const row = { fileFormat, rows: large.rows, columns: madeColumns.length, unit: 's' }
  const beside = await medians(
    () => byPeer(large, file),
    () => exportByUs(large, file),
  )
  report('export beside ClickHouse', row, 1, beside)
  const kept = await medians(
    () => exportByUs(large, file),
    () => exportByUs(large, file, 'kept'),
  )
  report('export to local-aws beside one that is discarded', row, 1.5, kept)
}
for (const fileFormat of formats) {
  const file = { fileFormat, columns: allColumns }
  const row = { fileFormat, rows: small.rows, columns: allColumns.length, unit: 's' }
  const beside = await medians(
    () => byPeer(small, file),
    () => exportByUs(small, file),
  )
  report('export beside ClickHouse', row, 1, beside)
}

const postgres = opened.use(await startPostgres())
const [onEmbedded, onPostgres] = [
  await openHomeWithDay('beside_embedded', {}),
  await openHomeWithDay('beside_postgres', { SLUICE_DATABASE_URL: postgres.url }),
]
for (const fileFormat of formats) {
  const file = { fileFormat, columns: madeColumns }
  const row = { fileFormat, rows: HOME_ROWS, columns: madeColumns.length, unit: 's' }
  const homes = await medians(
    () => exportByUs(onEmbedded.day, file, 'discarded', onEmbedded.home),
    () => exportByUs(onPostgres.day, file, 'discarded', onPostgres.home),
    HOME_PAIRS,
  )
  report('export on PostgreSQL beside one on the embedded database', row, 1.1, homes)
}

/** In stores of one kind and size, so that only the database differs. */
async function openHomeWithDay(storeName: string, env: Record<string, string>) {
  const home = await openHome({ SLUICE_CLICKHOUSE_URL: addressOf(storeName), ...env })
  const { licenseKey } = home.organization
  const day: MadeDay = { start, licenseKey, rows: HOME_ROWS }
  await makeDay({ store: openStore(storeName), client: home.client }, day)
  return { home, day }
}

/** A Sluice with an organization, and outputs into buckets that discard or keep what they get. */
async function openHome(env: Record<string, string>) {
  const world = opened.use(
    await startWorld({
      env: { SLUICE_LOG_LEVEL: 'error', ...env },
      frontOf: async (endpointUrl) => {
        const url = await startDiscarding(endpointUrl)
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
  return { client, organization, outputs }
}

type Home = Awaited<ReturnType<typeof openHome>>

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

/** A store that has just begun holds nothing of how the days were made. */
async function forgetTheMaking(): Promise<void> {
  const { pid } = clickhouse
  process.kill(pid, 'SIGKILL')
  while (clickhouse.pid === pid || !(await store.ping()).success) await delay(POLL_MS)
}

type File = Parameters<typeof exportByPeer>[2]

function byPeer(day: MadeDay, file: File): Promise<void> {
  return exportByPeer({ store, bucketUrl: `${s3Url}/discarded` }, day, file)
}

async function exportByUs(
  { start, licenseKey, rows }: MadeDay,
  file: File,
  to: keyof Home['outputs'] = 'discarded',
  { client, outputs }: Home = embedded,
): Promise<void> {
  const task = await client.exportTasks.create({
    name: 'bench',
    startTime: start.toISOString(),
    endTime: new Date(start.getTime() + DAY_MS).toISOString(),
    licenseKey,
    type: 'SESSIONS',
    fileFormat: file.fileFormat,
    columns: [...file.columns],
    output: { outputId: outputs[to], outputPath: randomUUID() },
  })
  await client.exportTasks.waitUntilFinished(task.id, { pollMs: POLL_MS })
  let exported = 0
  for await (const file of client.exportTasks.listFiles(task.id)) exported += file.rows ?? 0
  assert(exported >= rows, `the export has ${exported} rows of ${rows}`)
}

/** Seconds each. */
async function medians(base: () => Promise<void>, ours: () => Promise<void>, pairs = PAIRS) {
  const times = { base: [] as number[], ours: [] as number[] }
  for (let pair = 0; pair < pairs; pair += 1) {
    times.base.push(await secondsOf(base))
    times.ours.push(await secondsOf(ours))
  }
  return { base: median(times.base), ours: median(times.ours) }
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return Number(((performance.now() - startedMs) / 1000).toFixed(2))
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function report(
  bench: string,
  row: Record<string, unknown>,
  ratioMax: number,
  measured: { base: number; ours: number },
): void {
  const ratio = Number((measured.ours / measured.base).toFixed(2))
  const cores = availableParallelism()
  console.log(JSON.stringify({ bench, ...row, ...measured, ratio, ratioMax, cores }))
}

async function startDiscarding(endpointUrl: string): Promise<string> {
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
