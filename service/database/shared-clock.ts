import { sql } from 'kysely'
import { startPolling } from '#polling'
import type { Clock, Database } from './database.ts'

interface ClockOptions {
  machine: Clock
  /** Once for each time that the machine's clock is found to be wrong, or right again; in ms, ahead is above 0. */
  onOffset(aheadMs: number): void
  pollMs?: number
}

/** A lease is held for half a minute; what two clocks that are kept differ by does not matter to it. */
const TOLERATED_MS = 1000
/** How often the clocks are compared. */
const POLL_MS = 60_000

/**
 * The one clock of all processes that share a database: the machine's, put right by the database's where they
 * differ by a second or more. Who compares a lease with a clock of its own takes what another holds, or waits for
 * one that is long dead. While the database does not answer, the last comparison holds.
 */
export async function startSharedClock(
  database: Pick<Database, 'db'>,
  { machine, onOffset, pollMs = POLL_MS }: ClockOptions,
): Promise<Clock & AsyncDisposable> {
  let aheadMs = 0
  const compare = async () => {
    const measuredMs = await measureAhead(database, machine)
    if (measuredMs === undefined || Math.abs(measuredMs - aheadMs) < TOLERATED_MS) return
    aheadMs = Math.abs(measuredMs) < TOLERATED_MS ? 0 : measuredMs
    onOffset(aheadMs)
  }
  await compare()
  const polling = startPolling(compare, { pollMs, onFault: () => {} })
  return {
    now: () => new Date(machine.now().getTime() - aheadMs),
    [Symbol.asyncDispose]: () => polling[Symbol.asyncDispose](),
  }
}

/** Undefined when the answer took too long to tell, or the machine was set meanwhile. */
async function measureAhead(
  { db }: Pick<Database, 'db'>,
  machine: Clock,
): Promise<number | undefined> {
  const askedMs = machine.now().getTime()
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db)
  const answeredMs = machine.now().getTime()
  const [row] = rows
  if (row === undefined || Math.abs(answeredMs - askedMs) >= TOLERATED_MS) return undefined
  return Math.round((askedMs + answeredMs) / 2 - row.now.getTime())
}
