/**
 * The export of a day beside a peer's, in one run: ClickHouse's own INSERT INTO FUNCTION s3(…) of the same
 * files to the same S3, which discards what it gets. One JSON line for each format; times are medians.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClickHouseLogLevel, createClient as createClickhouseClient } from '@clickhouse/client'
import { startLocalClickhouse } from '@sluice/local-clickhouse'
import { createClient } from '@sluice/sdk'
import { openCustomer, startWorld } from '#testing'

const ROWS = Number(process.env.SLUICE_BENCH_ROWS ?? 5_000_000)
const PAIRS = 3
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const POLL_MS = 20
const INSERTED_AT_ONCE = 500_000
const day = new Date(Math.floor(Date.now() / DAY_MS - 1) * DAY_MS)
const dayText = day.toISOString().slice(0, 10)

/** Of 20 columns, as ClickHouse makes them from a row number. */
const columns: Record<string, string> = {
  time: `toDateTime64('${dayText} 00:00:00', 3, 'UTC') + toIntervalMillisecond(intDiv(number * 86399000, ${ROWS}))`,
  impression_id: 'toString(generateUUIDv4(number))',
  sequence_number: 'toInt64(number % 40)',
  state: "['startup', 'playing', 'paused', 'rebuffering'][1 + number % 4]",
  duration: 'toInt64(number % 60000)',
  user_id: 'toString(sipHash64(intDiv(number, 40)))',
  country: "['AT', 'DE', 'US', 'GB', 'BR', 'IN'][1 + sipHash64(number) % 6]",
  platform: "['web', 'android', 'ios', 'roku'][1 + number % 4]",
  player: "['bitmovin', 'hlsjs', 'exoplayer'][1 + number % 3]",
  player_version: "'8.231.0'",
  operatingsystem: "['Windows', 'Linux', 'Android'][1 + number % 3]",
  device_type: "['Desktop', 'Phone', 'TV'][1 + number % 3]",
  domain: "'tv.example.com'",
  path: "concat('/watch/', toString(number % 200))",
  video_id: "concat('video-', toString(number % 200))",
  video_title: "concat('Folge ', toString(number % 200))",
  video_duration: 'toInt64((20 + number % 70) * 60000)',
  video_bitrate: 'toInt64(480000 * (1 + number % 5))',
  played: 'toInt64(number % 60000)',
  custom_data_1: "['free', 'premium'][1 + number % 2]",
}
const names = Object.keys(columns)
const peerFormats = { CSV: 'CSVWithNames', PARQUET: 'Parquet' }

const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
const clickhouse = await startLocalClickhouse({ dataDirectory: join(directory, 'clickhouse') })
let discarding: ChildProcess | undefined
let s3Url = ''
try {
  const { username, password } = clickhouse
  const address = new URL(clickhouse.url)
  address.username = username
  address.password = password
  await using world = await startWorld({
    env: { SLUICE_LOG_LEVEL: 'error', SLUICE_CLICKHOUSE_URL: address.href },
    frontOf: async (endpointUrl) => {
      s3Url = await startDiscarding(endpointUrl)
      return s3Url
    },
  })
  const store = createClickhouseClient({
    url: clickhouse.url,
    username,
    password,
    request_timeout: 600_000,
    log: { level: ClickHouseLogLevel.OFF },
  })
  const organization = await world.createOrganization('Bench')
  const { licenseKey } = organization
  const client = createClient({ apiUrl: world.apiUrl, apiKey: organization.apiKey })
  await fillDay(store, licenseKey, client)
  using customer = openCustomer(world, organization)
  const roleArn = `arn:aws:iam::${organization.aws.accountId}:role/bench`
  const output = await client.outputs.s3RoleBased.create({
    bucketName: 'bench-bucket',
    roleArn,
    cloudRegion: 'US_EAST_1',
  })
  await customer.createRole('bench', { externalId: output.externalId })
  for (const fileFormat of ['CSV', 'PARQUET'] as const) {
    const times = { peer: [] as number[], ours: [] as number[] }
    for (let pair = 0; pair < PAIRS; pair += 1) {
      times.peer.push(await timeOf(() => exportByPeer(store, licenseKey, fileFormat)))
      times.ours.push(
        await timeOf(async () => {
          const task = await client.exportTasks.create({
            name: 'bench',
            startTime: day.toISOString(),
            endTime: new Date(day.getTime() + DAY_MS).toISOString(),
            licenseKey,
            type: 'SESSIONS',
            fileFormat,
            columns: names,
            output: { outputId: output.id, outputPath: randomUUID() },
          })
          await client.exportTasks.waitUntilFinished(task.id, { pollMs: POLL_MS })
        }),
      )
    }
    const [peer, ours] = [median(times.peer), median(times.ours)]
    const ratio = Number((ours / peer).toFixed(2))
    report({ bench: 'export of a day', fileFormat, rows: ROWS, peer, ours, ratio, ratioMax: 1 })
  }
  await store.close()
} finally {
  discarding?.disconnect()
  await clickhouse.close()
  await rm(directory, { recursive: true, force: true })
}

function report(line: Record<string, unknown>): void {
  console.log(JSON.stringify({ ...line, unit: 's', cores: availableParallelism() }))
}

async function startDiscarding(endpointUrl: string): Promise<string> {
  const path = join(import.meta.dirname, 'discarding-s3.ts')
  const child = fork(path, [endpointUrl], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  discarding = child
  const port = await new Promise<string>((done) =>
    child.stdout?.once('data', (data) => done(`${data}`.trim())),
  )
  return `http://127.0.0.1:${port}`
}

type Store = ReturnType<typeof createClickhouseClient>
type Client = ReturnType<typeof createClient>

/** Rows made by the store itself; the hours are then closed by one imported sample each. */
async function fillDay(store: Store, licenseKey: string, client: Client): Promise<void> {
  const expressions = names.map((name) => `${columns[name]} AS ${name}`)
  for (let from = 0; from < ROWS; from += INSERTED_AT_ONCE)
    await store.command({
      query: `INSERT INTO default.samples (license_key, ${names.join(', ')}, stored_at, precedence, expires_at)
        SELECT '${licenseKey}', ${expressions.join(', ')}, now64(3, 'UTC') - 1, 9000000000000000000 - number,
          toDateTime('2100-01-01 00:00:00', 'UTC')
        FROM numbers(${from}, ${Math.min(INSERTED_AT_ONCE, ROWS - from)})`,
    })
  const { value: license } = await client.licenses.list().next()
  assert(license !== undefined)
  const samples = Array.from({ length: 24 }, (_, hour) =>
    JSON.stringify({
      time: day.getTime() + hour * HOUR_MS,
      impression_id: randomUUID(),
      sequence_number: 0,
    }),
  )
  const contentType = 'application/x-ndjson'
  await client.licenses.importSamples(license.id, { contentType, body: samples.join('\n') })
}

async function exportByPeer(store: Store, licenseKey: string, fileFormat: 'CSV' | 'PARQUET') {
  const format = peerFormats[fileFormat]
  for (let hour = 0; hour < 24; hour += 1) {
    const key = `bench-bucket/${randomUUID()}/${hour}`
    await store.command({
      query: `INSERT INTO FUNCTION s3('${s3Url}/${key}', 'key', 'secret', '${format}')
        SELECT ${names.join(', ')} FROM default.samples FINAL
        WHERE license_key = '${licenseKey}' AND toStartOfHour(time) = toDateTime('${dayText} ${String(hour).padStart(2, '0')}:00:00', 'UTC')
        ORDER BY license_key, toStartOfHour(time), impression_id, sequence_number`,
      clickhouse_settings: { do_not_merge_across_partitions_select_final: 1 },
    })
  }
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now()
  await work()
  return Number(((performance.now() - startedMs) / 1000).toFixed(2))
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
