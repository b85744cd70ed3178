/**
 * Samples accepted over HTTP, durable, beside a bare Fastify route that parses the same JSON in the same
 * run. The service has a core to itself, as has the bare route in its turn; the players and the store
 * share the next. One JSON line.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openServiceProcess, openTestClickhouse } from '#testing'
import { pinToCores } from './pinned.ts'
import type { Play, Played } from './players.ts'

const SECONDS = Number(process.env.SLUICE_BENCH_SECONDS ?? 20)
const CONNECTIONS = 512
const PAIRS = 3
const RATIO_MIN = 0.25

await using opened = new AsyncDisposableStack()
const directory = await mkdtemp(join(tmpdir(), 'sluice-accepting-'))
opened.defer(() => rm(directory, { recursive: true, force: true }))
const clickhouse = opened.use(await openTestClickhouse({ dataDirectory: directory }))
const service = opened.use(
  await openServiceProcess({
    dataDirectory: directory,
    env: {
      SLUICE_CLICKHOUSE_URL: clickhouse.address,
      SLUICE_COLLECTOR_RATE_PER_ADDRESS: '10000000',
      SLUICE_COLLECTOR_RATE_PER_LICENSE: '10000000',
    },
  }),
)
await service.start()
const licenseKey = await service.createLicense()
const bare = startChild('bare-route.ts')
const [bareUrl] = await once(bare.stdout ?? bare, 'data')
const players = startChild('players.ts')
const isPinned = pinToCores({
  0: [service.pid(), bare.pid ?? 0],
  1: [players.pid ?? 0, ...(clickhouse.pid ? [clickhouse.pid()] : [])],
})

const play = { licenseKey, connections: CONNECTIONS, seconds: SECONDS }
await send({ ...play, url: service.url, seconds: 2 }) // what is compiled at first use
const runs: { bare: Played; ours: Played }[] = []
for (let pair = 0; pair < PAIRS; pair += 1)
  runs.push({
    bare: await send({ ...play, url: String(bareUrl).trim() }),
    ours: await send({ ...play, url: service.url }),
  })
runs.sort((a, b) => a.ours.perSecond / a.bare.perSecond - b.ours.perSecond / b.bare.perSecond)
const { bare: base, ours } = runs[Math.floor(PAIRS / 2)] ?? { bare: undefined, ours: undefined }
const ratio = Number(((ours?.perSecond ?? 0) / (base?.perSecond ?? 0)).toFixed(2))
const row = {
  bench: 'samples accepted beside a bare route',
  unit: 'samples/s',
  connections: CONNECTIONS,
  placed: isPinned ? 'service on core 0, players and store on core 1' : 'anywhere',
}
console.log(
  JSON.stringify({ ...row, base, ours, ratio, ratioMin: RATIO_MIN, cores: availableParallelism() }),
)

function startChild(file: string): ChildProcess {
  const child = fork(join(import.meta.dirname, file), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  opened.defer(() => child.disconnect())
  return child
}

async function send(message: Play): Promise<Played> {
  players.send(message)
  const [answer] = await once(players, 'message')
  return answer
}
