/**
 * The export of a day beside a peer's, in one run: ClickHouse's own INSERT INTO FUNCTION s3(…) of the same
 * files to the same S3. One JSON line for each row; times are medians of pairs, taken in turns. With --write
 * the rows go into docs/bench.json, and the chart and the table that are made of it are made anew.
 */
import { sampleColumns } from '#samples'
import { startPostgres } from '#testing'
import { exportDay, type Home, openBench } from './home.ts'
import {
  exportByPeer,
  type MadeDay,
  type MadeFile,
  madeColumns,
  writeByEngine,
} from './made-day.ts'
import { type BenchRow, medians, report, secondsOf } from './measure.ts'
import { measureOutputs } from './outputs.ts'
import { peakMemoryOf } from './peak-memory.ts'
import { writeResults } from './results.ts'

const ROWS = Number(process.env.SLUICE_BENCH_ROWS ?? 5_000_000)
/** Days whose export shows how time and memory grow, each beside the one before. */
const GROWTH = process.env.SLUICE_BENCH_GROWTH?.split(',').map(Number) ?? [
  ROWS / 10,
  ROWS,
  ROWS * 10,
]
/** What an hour of a smaller day has does not fill what an export holds at once. */
const grown = { rowsMin: ROWS, ratioMax: 1.1 }
const partNames = ['growth', 'peer', 'ground', 'columns', 'homes', 'outputs'] as const
const parts = process.env.SLUICE_BENCH_PARTS?.split(',') ?? partNames
/** A tenth is little: more pairs tell it from chance. */
const HOME_PAIRS = 5
/** Of the day that both homes of the database export. */
const HOME_ROWS = Math.min(ROWS, 2_000_000)
const formats = ['CSV', 'PARQUET'] as const
const allColumns = sampleColumns.map(({ name }) => name)

await using opened = new AsyncDisposableStack()
const bench = await openBench(opened)
const store = bench.openStore('default')
const home = await bench.openHome({ SLUICE_CLICKHOUSE_URL: bench.addressOf('default') })
const results: BenchRow[] = []
const measured = (row: Parameters<typeof report>[0]) => void results.push(report(row))

const measures = { growth, peer, ground, columns, homes, outputs }
for (const name of partNames.filter((each) => parts.includes(each))) {
  await measures[name]()
  if (process.argv.includes('--write')) await writeResults(results)
}

async function growth(): Promise<void> {
  const days: MadeDay[] = []
  for (const rows of GROWTH) days.push(await bench.makeDayOf(home, 'default', { rows }))
  await bench.restartStore()
  for (const fileFormat of formats) {
    const file = { fileFormat, columns: madeColumns }
    let before: { rows: number; seconds: number; peak: number } | undefined
    for (const day of days) {
      before ?? (await exportDay(home, day, file)) // caches fill once
      let seconds = 0
      const peak = await peakMemoryOf(bench.pids(), async () => {
        seconds = await secondsOf(() => exportDay(home, day, file))
      })
      const row = { fileFormat, rows: day.rows, columns: madeColumns.length }
      const [time, memory] = before ? [{ base: before.seconds }, { base: before.peak }] : []
      measured({ bench: 'time of an export', ...row, unit: 's', ...time, ours: seconds })
      const { ratioMax } = grown
      const aim = before !== undefined && before.rows >= grown.rowsMin && { ratioMax }
      measured({ bench: 'memory of an export', ...row, unit: 'MiB', ...memory, ours: peak, ...aim })
      before = { rows: day.rows, seconds, peak }
    }
  }
}

async function peer(): Promise<void> {
  const day = await bench.makeDayOf(home, 'default', { rows: ROWS })
  await bench.restartStore()
  for (const fileFormat of formats) {
    const file = { fileFormat, columns: madeColumns }
    const row = { fileFormat, rows: day.rows, columns: madeColumns.length, unit: 's' }
    await exportDay(home, day, file) // caches fill once
    const beside = await medians(
      () => byPeer(day, file),
      () => exportDay(home, day, file),
    )
    measured({ bench: 'export beside ClickHouse', ...row, ...beside, ratioMax: 1 })
  }
}

/** What lies below and above: the engine that writes the files to its own disk, and an S3 that keeps them. */
async function ground(): Promise<void> {
  const day = await bench.makeDayOf(home, 'default', { rows: ROWS })
  await bench.restartStore()
  for (const fileFormat of formats) {
    const file = { fileFormat, columns: madeColumns }
    const row = { fileFormat, rows: day.rows, columns: madeColumns.length, unit: 's' }
    const ours = () => exportDay(home, day, file)
    await ours() // caches fill once
    const limit = await medians(() => writeByEngine({ store, ...bench }, day, file), ours)
    measured({ bench: 'export beside what the engine needs to its disk', ...row, ...limit })
    const kept = await medians(ours, () => exportDay(home, day, file, 'kept'))
    const local = 'export to local-aws beside one that is discarded'
    measured({ bench: local, ...row, ...kept, ratioMax: 1.5 })
  }
}

async function columns(): Promise<void> {
  const day = await bench.makeDayOf(home, 'default', { rows: ROWS / 10, isWide: true })
  for (const fileFormat of formats) {
    const file = { fileFormat, columns: allColumns }
    const row = { fileFormat, rows: day.rows, columns: allColumns.length, unit: 's' }
    const beside = await medians(
      () => byPeer(day, file),
      () => exportDay(home, day, file),
    )
    measured({ bench: 'export beside ClickHouse', ...row, ...beside, ratioMax: 1 })
  }
}

function byPeer(day: MadeDay, file: MadeFile): Promise<void> {
  return exportByPeer({ store, bucketUrl: bench.bucketUrl() }, day, file)
}

async function openWithDay(
  storeName: string,
  databaseUrl?: string,
): Promise<{ own: Home; day: MadeDay }> {
  const own = await bench.openHome({
    SLUICE_CLICKHOUSE_URL: bench.addressOf(storeName),
    ...(databaseUrl !== undefined && { SLUICE_DATABASE_URL: databaseUrl }),
  })
  return { own, day: await bench.makeDayOf(own, storeName, { rows: HOME_ROWS }) }
}

async function postgresUrl(): Promise<string> {
  return opened.use(await startPostgres()).url
}

/** In stores of one kind and size, so that only the database differs. */
async function homes(): Promise<void> {
  const [embedded, server] = [
    await openWithDay('beside_embedded'),
    await openWithDay('beside_postgres', await postgresUrl()),
  ]
  const exportOf = ({ own, day }: { own: Home; day: MadeDay }, file: MadeFile) =>
    exportDay(own, day, file)
  for (const fileFormat of formats) {
    const file = { fileFormat, columns: madeColumns }
    const row = { fileFormat, rows: HOME_ROWS, columns: madeColumns.length, unit: 's' }
    const beside = await medians(
      () => exportOf(embedded, file),
      () => exportOf(server, file),
      HOME_PAIRS,
    )
    const name = 'export on PostgreSQL beside one on the embedded database'
    measured({ bench: name, ...row, ...beside, ratioMax: 1.1 })
  }
}

/** On both homes of the database. The base is what they take while nothing else is done. */
async function outputs(): Promise<void> {
  await outputsOn('', {
    own: home,
    day: await bench.makeDayOf(home, 'default', { rows: HOME_ROWS }),
  })
  await outputsOn(', on PostgreSQL', await openWithDay('asked_postgres', await postgresUrl()))
}

async function outputsOn(where: string, { own, day }: { own: Home; day: MadeDay }): Promise<void> {
  const file = { fileFormat: 'CSV', columns: madeColumns } as const
  const { idle, busy } = await measureOutputs(own, () => exportDay(own, day, file))
  const name = `outputs at 200 requests/s while an export runs${where}`
  const failed = idle.failed + busy.failed
  const p99 = { base: idle.p99Ms, ours: busy.p99Ms, oursMax: 20, failed }
  measured({ bench: name, unit: 'ms (p99)', ...p99 })
}
