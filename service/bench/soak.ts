/**
 * Good players for a while alone, and then for ten minutes beside a flood of what no player sends, each
 * under the limits that a service has by default: does the flood slow them, and does memory grow? Two
 * JSON lines.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openServiceProcess, openTestClickhouse } from '#testing'
import type { Answered, Flood } from './flood.ts'
import type { Play, Played } from './players.ts'

const SOAK_SECONDS = Number(process.env.SLUICE_BENCH_SOAK_SECONDS ?? 600)
const ALONE_SECONDS = Math.min(60, SOAK_SECONDS)
const PLAYERS = 32
const FLOOD = { connections: 64, slow: 16 }
const RSS_EVERY_MS = 1000
/** Compiled code, caches and the allocator's own arenas have their size by then. */
const SETTLED_SHARE = 0.3
const GROWTH_RATIO_MAX = 1.1

await using opened = new AsyncDisposableStack()
const directory = await mkdtemp(join(tmpdir(), 'sluice-soak-'))
opened.defer(() => rm(directory, { recursive: true, force: true }))
const clickhouse = opened.use(await openTestClickhouse({ dataDirectory: directory }))
const service = opened.use(
  await openServiceProcess({
    dataDirectory: directory,
    env: { SLUICE_CLICKHOUSE_URL: clickhouse.address },
  }),
)
await service.start()
const players = startChild('players.ts')
const flood = startChild('flood.ts')
const { url } = service
const licenseKey = await service.createLicense()
const cores = availableParallelism()

const good: Play = {
  ...{ url, licenseKey, connections: PLAYERS, seconds: ALONE_SECONDS },
  addresses: addressesFrom(10, PLAYERS),
}
await playWith({ ...good, seconds: 2 }) // what is compiled at first use
const alone = await playWith(good)
const bad: Flood = { url, licenseKey, ...FLOOD, addresses: addressesFrom(100, 8) }
flood.send(bad)
const sizes: number[] = []
const watching = setInterval(() => sizes.push(residentMiB(service.pid())), RSS_EVERY_MS)
const beside = await playWith({ ...good, seconds: SOAK_SECONDS })
clearInterval(watching)
flood.send('stop')
const [answered] = (await once(flood, 'message')) as [Answered]

const ratio = Number((beside.perSecond / alone.perSecond).toFixed(2))
const slowed = { bench: 'samples accepted beside a flood of garbage', unit: 'samples/s' }
console.log(JSON.stringify({ ...slowed, base: alone, ours: beside, ratio, answered, cores }))
const settled = sizes.slice(Math.floor(sizes.length * SETTLED_SHARE))
const third = Math.ceil(settled.length / 3)
const [base, ours] = [peakOf(settled.slice(0, third)), peakOf(settled.slice(-third))]
const grown = Number((ours / base).toFixed(2))
const memory = { bench: `memory of the service over ${SOAK_SECONDS} s of both`, unit: 'MiB' }
console.log(
  JSON.stringify({ ...memory, base, ours, ratio: grown, ratioMax: GROWTH_RATIO_MAX, cores }),
)

/** Loopback has sixteen million. */
function addressesFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `127.0.0.${first + at}`)
}

function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024)
}

function peakOf(values: readonly number[]): number {
  return values.reduce((peak, value) => Math.max(peak, value), 0)
}

function startChild(file: string): ChildProcess {
  const child = fork(join(import.meta.dirname, file))
  opened.defer(() => child.disconnect())
  return child
}

async function playWith(play: Play): Promise<Played> {
  players.send(play)
  const [answer] = await once(players, 'message')
  return answer
}
