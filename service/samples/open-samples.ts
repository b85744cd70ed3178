import { sql } from 'kysely'
import type { Clock, Database } from '#database'
import { openAppends } from './appends.ts'
import { openBackfill } from './backfill.ts'
import { closeHours, readClosedUntil } from './closing.ts'
import { countHours } from './count-hours.ts'
import { openDeletions } from './deletion.ts'
import { hourOf } from './hour.ts'
import { openImpressions } from './impressions.ts'
import { openInserts } from './inserts.ts'
import { type LeaseTerms, openLease } from './lease.ts'
import { measureNewestRows, readNewestRows } from './newest-rows.ts'
import { pinAgain, pinHours } from './pin-hours.ts'
import { countPlays } from './plays.ts'
import { readHour } from './read-hour.ts'
import type { Samples } from './samples.ts'
import { openStore } from './store.ts'
import { adSamplesTable, errorDetailsTable, samplesTable } from './tables.ts'

interface SamplesOptions {
  database: Database
  clock: Clock
  clickhouse: {
    url: string
    username: string
    password: string
    /** Made if it is missing. */
    database: string
    /** The cluster that ON CLUSTER names; absent: one server. */
    cluster?: string
  }
  /** Hears of faults that pass: hours stay open, leases run out, until the next turn succeeds. */
  onFault(error: unknown): void
  /** Absent: those of lease.ts. */
  leaseTerms?: LeaseTerms
}

/** How often a process says how far it is, and closes what can be closed. Far less than a lease lasts. */
const TURN_MS = 1_000

/** Brings the store's schema up to date, takes a lease, and closes hours until it is closed itself. */
export async function openSamples(options: SamplesOptions): Promise<Samples> {
  const { database, clock, clickhouse, onFault } = options
  const { database: databaseName, ...address } = clickhouse
  await using opened = new AsyncDisposableStack()
  const store = openStore({ ...address, databaseName })
  opened.defer(() => store.close())
  await migrateAlone(database, () => store.migrate())
  await beginProgress(database, clock)
  const { leaseTerms: terms } = options
  const lease = await openLease({ database, clock, ...(terms && { terms }) })
  opened.defer(() => lease.release())
  const inserts = openInserts({ store, lease })
  const appends = openAppends({ inserts, database })
  const close = async () => {
    await lease.renew()
    await closeHours({ database, store, lease, clock })
  }
  const turns = startTurns(close, onFault)
  opened.defer(() => turns.stop())
  opened.defer(() => appends.drain())
  const everything = opened.move()
  const end = () => everything.disposeAsync()
  return {
    append: (license, samples) => appends.append(samplesTable, license, samples),
    appendAds: (license, ads) => appends.append(adSamplesTable, license, ads),
    appendErrorDetails: (license, details) => appends.append(errorDetailsTable, license, details),
    openBackfill: async (license) =>
      openBackfill({ database, clock, lease, inserts, closeHours: turns.now }, license),
    watermark: () => readClosedUntil(database),
    pinHours: (licenseKeys, window, type = 'SESSIONS') =>
      pinHours({ database, clock }, { licenseKeys, window, type }),
    readHour: (hour, read) => readHour(store, hour, read),
    pinAgain: (hour, type) => pinAgain({ database, clock }, hour, type),
    deletions: openDeletions({ database, store, lease, closeHours: turns.now }),
    impressions: openImpressions(store, clock),
    countHours: (licenseKeys, window, type) =>
      countHours({ database, store, clock }, { licenseKeys, window, type }),
    readNewestRows: (query) => readNewestRows({ database, store, clock }, query),
    measureNewestRows: (query) => measureNewestRows({ database, store, clock }, query),
    countPlays: (licenseKeys) => countPlays(store, licenseKeys, clock.now()),
    ping: () => store.ping(),
    close: end,
    [Symbol.asyncDispose]: end,
  }
}

/** Any fixed number of ours: every process that migrates the sample store waits for the same lock. */
const ADVISORY_LOCK = 7_310_588_035

function migrateAlone(database: Database, work: () => Promise<void>): Promise<void> {
  return database.transaction(async (tx) => {
    await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK}::bigint)`.execute(tx)
    await work()
  })
}

/** Before the first start nothing was stored, so all hours until then are closed. */
async function beginProgress(database: Database, clock: Clock): Promise<void> {
  const hour = hourOf(clock.now())
  await database.db
    .insertInto('sample_progress')
    .values({ watermark: hour, closed_until: hour, closing_before: null })
    .onConflict((on) => on.doNothing())
    .execute()
}

interface Turns {
  /** One turn now, or the one that is under way and then another. Rejects when it fails. */
  now(): Promise<void>
  stop(): Promise<void>
}

/** One turn after the other, never two at once. */
function startTurns(turn: () => Promise<void>, onFault: (error: unknown) => void): Turns {
  let last: Promise<void> = Promise.resolve()
  let waiting: Promise<void> | undefined
  const now = (): Promise<void> => {
    waiting ??= last.then(() => {
      waiting = undefined
      const running = turn()
      last = running.catch(() => {})
      return running
    })
    return waiting
  }
  const timer = setInterval(() => {
    if (waiting === undefined) now().catch(onFault)
  }, TURN_MS)
  return {
    now,
    stop: async () => {
      clearInterval(timer)
      await waiting?.catch(() => {})
      await last
    },
  }
}
