import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { createClient as createClickhouseClient } from '@clickhouse/client'
import type { Client } from '@sluice/sdk'
import { forEachAtOnce } from '#at-once'

type Store = ReturnType<typeof createClickhouseClient>

/** A license's samples of one UTC day. */
export interface MadeDay {
  readonly start: Date
  readonly licenseKey: string
  readonly rows: number
}

const HOUR_MS = 3_600_000
const HOURS = 24
/** In which an hour of whatever size lies: it costs more the more of them there are. */
const PARTS_OF_AN_HOUR = 2

/** Of 20 columns besides `time`, as ClickHouse makes them from a row number. */
const expressions: Record<string, string> = {
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

/** However many rows. https://clickhouse.com/docs/operations/settings/settings#min_insert_block_size_rows */
const onePart = {
  min_insert_block_size_rows: '100000000',
  min_insert_block_size_bytes: '0',
  max_insert_threads: '1',
} as const

const atOnce = { count: availableParallelism(), signal: new AbortController().signal }

export const madeColumns = ['time', ...Object.keys(expressions)]
/** What the store has of a row besides. */
const keptColumns = ['license_key', 'stored_at', 'precedence', 'expires_at']

interface MakingOptions {
  store: Store
  client: Client
  /** Whether the rows lie there with all columns, as players' do, and not with those alone that are made. */
  isWide: boolean
}

/**
 * Rows made by the store itself, in its own database; the hours are then closed by one imported sample each.
 * Its parts are never merged: a merge would fall on one of two that are compared.
 */
export async function makeDay(
  { store, client, isWide }: MakingOptions,
  day: MadeDay,
): Promise<void> {
  await store.command({
    query: `ALTER TABLE samples MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = 1,
      max_bytes_to_merge_at_min_space_in_pool = 1`,
  })
  if (isWide) await insertRows(store, day)
  else await withoutOtherColumns(store, () => insertRows(store, day))
  await closeHours(client, day)
}

/** Three quarters of the work would be columns that no file has. */
async function withoutOtherColumns(store: Store, work: () => Promise<void>): Promise<void> {
  const answer = await store.query({
    query: `SELECT name, type FROM system.columns
      WHERE database = currentDatabase() AND table = 'samples' AND NOT has({made:Array(String)}, name)`,
    query_params: { made: [...madeColumns, ...keptColumns] },
    format: 'JSONEachRow',
  })
  const others = await answer.json<{ name: string; type: string }>()
  const alter = (each: (column: { name: string; type: string }) => string) =>
    store.command({ query: `ALTER TABLE samples ${others.map(each).join(', ')}` })
  await alter(({ name }) => `DROP COLUMN ${name}`)
  await work()
  await alter(({ name, type }) => `ADD COLUMN ${name} ${type}`)
}

async function insertRows(store: Store, { start, licenseKey, rows }: MadeDay): Promise<void> {
  const inserts = Array.from({ length: HOURS * PARTS_OF_AN_HOUR }, (_, index) => ({
    hour: Math.floor(index / PARTS_OF_AN_HOUR),
    part: index % PARTS_OF_AN_HOUR,
  }))
  await forEachAtOnce(inserts, atOnce, async ({ hour, part }) => {
    const [from, to] = [hour, hour + 1].map((each) => Math.floor((rows * each) / HOURS)) as [
      number,
      number,
    ]
    const hourStart = (start.getTime() + hour * HOUR_MS) / 1000
    const time = `toDateTime64(${hourStart}, 3, 'UTC')
      + toIntervalMillisecond(intDiv((number - ${from}) * ${HOUR_MS}, ${to - from}))`
    const made = Object.entries({ time, ...expressions }).map(([name, sql]) => `${sql} AS ${name}`)
    await store.command({
      query: `INSERT INTO samples (${[...madeColumns, ...keptColumns].join(', ')})
        SELECT ${made.join(', ')}, '${licenseKey}', now64(3, 'UTC') - 1, 9000000000000000000 - number,
          toDateTime('2100-01-01 00:00:00', 'UTC')
        FROM numbers(${from}, ${to - from}) WHERE sipHash64(number) % ${PARTS_OF_AN_HOUR} = ${part}`,
      clickhouse_settings: onePart,
    })
  })
}

async function closeHours(client: Client, { start, licenseKey }: MadeDay): Promise<void> {
  const samples = Array.from({ length: HOURS }, (_, hour) =>
    JSON.stringify({
      time: start.getTime() + hour * HOUR_MS,
      impression_id: randomUUID(),
      sequence_number: 0,
    }),
  )
  for await (const license of client.licenses.list()) {
    if (license.licenseKey !== licenseKey) continue
    const contentType = 'application/x-ndjson'
    const body = samples.join('\n')
    const { accepted } = await client.licenses.importSamples(license.id, { contentType, body })
    assert.equal(accepted, HOURS)
  }
}

export interface MadeFile {
  readonly fileFormat: 'CSV' | 'PARQUET'
  readonly columns: readonly string[]
}

const peerFormats = { CSV: 'CSVWithNames', PARQUET: 'Parquet' }

/** The peer: ClickHouse writes the files itself, by INSERT INTO FUNCTION s3(…), one for each hour. */
export async function exportByPeer(
  { store, bucketUrl }: { store: Store; bucketUrl: string },
  day: MadeDay,
  file: MadeFile,
): Promise<void> {
  for (let hour = 0; hour < HOURS; hour += 1) {
    const into = `s3('${bucketUrl}/${randomUUID()}/${hour}', 'key', 'secret', '${peerFormats[file.fileFormat]}')`
    await store.command(insertOf(into, { day, file, hour }))
  }
}

/** The least that files on a disk take: the engine alone, which knows that no row stands twice, on all cores. */
export async function writeByEngine(
  { store, directory }: { store: Store; directory: string },
  day: MadeDay,
  file: MadeFile,
): Promise<void> {
  const hours = Array.from({ length: HOURS }, (_, hour) => hour)
  await forEachAtOnce(hours, atOnce, async (hour) => {
    const path = join(directory, `${randomUUID()}.limit`)
    const insert = insertOf(`file('${path}', '${peerFormats[file.fileFormat]}')`, {
      day,
      file,
      hour,
    })
    await store.command({
      query: insert.query.replace(' FINAL', ''),
      clickhouse_settings: { max_threads: 1 },
    })
    await rm(path)
  })
}

function insertOf(into: string, of: { day: MadeDay; file: MadeFile; hour: number }) {
  const { day, file, hour } = of
  const from = new Date(day.start.getTime() + hour * HOUR_MS).toISOString().slice(0, 19)
  return {
    query: `INSERT INTO FUNCTION ${into}
      SELECT ${file.columns.join(', ')} FROM samples FINAL
      WHERE license_key = '${day.licenseKey}'
        AND toStartOfHour(time) = toDateTime('${from.replace('T', ' ')}', 'UTC')
      ORDER BY license_key, toStartOfHour(time), impression_id, sequence_number`,
    clickhouse_settings: { do_not_merge_across_partitions_select_final: 1 } as const,
  }
}
