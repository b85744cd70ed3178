import { randomUUID } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import type { Clock, Database } from '#database'
import { TransientError } from '#errors'

/**
 * Each process that inserts holds a lease, and promises with it: I never again stamp an insert before
 * `stored_until`, and all that I stamped earlier is stored. The least of these promises is the watermark.
 * A lease that ran out no longer counts once its last insert must be over.
 *
 * Stamps and promises are of the process's own clock, and since the least promise counts, clocks may differ.
 * How long a lease lasts is measured: by the process on its own, from before it asked, and by the one clock
 * of the database, from after; so a process never holds its lease for longer than the others believe.
 */
export interface Lease {
  readonly terms: LeaseTerms
  /** Of the lease held now; another one after it ran out. */
  id(): string
  /** The instant of an insert that begins now. Throws TransientError without a valid lease. */
  stamp(): Stamp
  /** Publishes how far this process is; with `past`, that it has left that instant behind. */
  renew(options?: { past?: Date }): Promise<void>
  /** The least promise of all live processes. */
  readWatermark(): Promise<Date>
  /** Gives the lease back; with an insert that may still be at work, lets it run out. */
  release(): Promise<void>
}

export interface Stamp {
  readonly time: Date
  readonly leaseId: string
  /** The insert is over: its rows are stored, or never will be. */
  settle(): void
  /** Nobody knows whether it is over: it holds the watermark back until it must be. */
  abandon(): void
  /** The lease ran out under the insert, so that its hour may have been closed without it. */
  isLate(): boolean
}

export interface LeaseTerms {
  /** Longer than a pause of the process or the database is likely to be; a dead process holds hours open so long. */
  leaseMs: number
  /** After which an insert that was given up is over, and a lease that ran out no longer counts. */
  insertOverMs: number
}

/** The second is well beyond the longest that an insert may take. */
export const leaseTerms: LeaseTerms = { leaseMs: 15_000, insertOverMs: 60_000 }

interface Held {
  id: string
  /** Of both clocks of this process: one stands still while the machine sleeps, the other may be set. */
  until: { steadyMs: number; wallMs: number }
}

function after(ms: number): Held['until'] {
  return { steadyMs: performance.now() + ms, wallMs: Date.now() + ms }
}

export async function openLease(options: {
  database: Database
  clock: Clock
  terms?: LeaseTerms
}): Promise<Lease> {
  const { database, clock, terms = leaseTerms } = options
  /** Stamps in flight; `overMs` says when an abandoned one no longer counts. */
  const inFlight = new Map<symbol, { stampMs: number; overMs: number }>()
  let floorMs = 0
  let held = await acquire()

  async function acquire(): Promise<Held> {
    const id = randomUUID()
    const now = clock.now()
    const until = after(terms.leaseMs)
    // Whatever was promised for everyone already binds the newcomer too.
    const watermark = await database.transaction(async (tx) => {
      const progress = await tx
        .selectFrom('sample_progress')
        .select('watermark')
        .forUpdate()
        .executeTakeFirstOrThrow()
      const stored_until = progress.watermark > now ? progress.watermark : now
      await tx
        .insertInto('sample_leases')
        .values({ id, stored_until, expires_at: databaseTime(terms.leaseMs) })
        .execute()
      return stored_until
    })
    // Stamps under the lost lease are not promised by the new one; whoever holds them looks at isLate.
    inFlight.clear()
    floorMs = Math.max(floorMs, watermark.getTime())
    return { id, until }
  }

  const isOver = () => performance.now() >= held.until.steadyMs || Date.now() >= held.until.wallMs

  function stamp(): Stamp {
    if (isOver())
      throw new TransientError(
        'SAMPLES_UNAVAILABLE',
        'This process could not renew its lease on the samples in time, and stores none until it has.',
        { retryAfterSeconds: 2 },
      )
    const key = Symbol()
    const stampMs = Math.max(clock.now().getTime(), floorMs)
    const entry = { stampMs, overMs: Number.POSITIVE_INFINITY }
    const leaseId = held.id
    inFlight.set(key, entry)
    return {
      time: new Date(entry.stampMs),
      leaseId,
      settle: () => void inFlight.delete(key),
      abandon: () => {
        entry.overMs = performance.now() + terms.insertOverMs
      },
      isLate: () => held.id !== leaseId || isOver(),
    }
  }

  /** From here on no stamp lies before the result, and none in flight does. */
  function advance(past: Date | undefined): Date {
    const elapsedMs = performance.now()
    for (const [key, { overMs }] of inFlight) if (overMs <= elapsedMs) inFlight.delete(key)
    const wanted = Math.max(
      floorMs,
      clock.now().getTime(),
      past === undefined ? 0 : past.getTime() + 1,
    )
    const oldest = Math.min(wanted, ...[...inFlight.values()].map(({ stampMs }) => stampMs))
    floorMs = Math.max(floorMs, oldest)
    return new Date(oldest)
  }

  async function renew({ past }: { past?: Date } = {}): Promise<void> {
    if (isOver()) {
      held = await acquire()
      return
    }
    const until = after(terms.leaseMs)
    const update = await database.db
      .updateTable('sample_leases')
      .set({ stored_until: advance(past), expires_at: databaseTime(terms.leaseMs) })
      .where('id', '=', held.id)
      .executeTakeFirst()
    if (update.numUpdatedRows === 0n) held = await acquire()
    else held.until = until
  }

  async function release(): Promise<void> {
    if (inFlight.size > 0) return
    await database.db.deleteFrom('sample_leases').where('id', '=', held.id).execute()
  }

  return {
    terms,
    id: () => held.id,
    stamp,
    renew,
    readWatermark: () => raiseWatermark(database, terms),
    release,
  }
}

/** The database's clock, so much later. */
function databaseTime(plus: number): RawBuilder<Date> {
  return sql<Date>`clock_timestamp() + ${plus} * interval '1 millisecond'`
}

/** Before this, a lease that has ended no longer counts. */
export function deadBefore(terms: LeaseTerms): RawBuilder<Date> {
  return databaseTime(-terms.insertOverMs)
}

function raiseWatermark(database: Database, terms: LeaseTerms): Promise<Date> {
  return database.transaction(async (tx) => {
    // The lock first: a lease that is taken meanwhile is then seen by the next statement.
    const { watermark } = await tx
      .selectFrom('sample_progress')
      .select('watermark')
      .forUpdate()
      .executeTakeFirstOrThrow()
    const { least } = await tx
      .selectFrom('sample_leases')
      .select((eb) => eb.fn.min<Date | null>('stored_until').as('least'))
      .where('expires_at', '>', deadBefore(terms))
      .executeTakeFirstOrThrow()
    if (least === null || least <= watermark) return watermark
    await tx.updateTable('sample_progress').set({ watermark: least }).execute()
    return least
  })
}
