import type { Clock, Database } from '#database'
import { type Hours, storeDuplicates } from './duplicates.ts'
import { HOUR_MS, hourOf, plusMs, storedTime } from './hour.ts'
import type { Lease } from './lease.ts'
import { holdRevisions, insertEmptied, insertRevision, rowOf } from './revisions.ts'
import type { Store } from './store.ts'
import { countStored, type HourSummary, summarizeHours } from './summaries.ts'
import { hourTables } from './tables.ts'
import { buryDeadLeases, findSettleable, type TouchedHour } from './touched-hours.ts'

/**
 * Closing an hour: once everything stamped in it is stored, its duplicates are found, and rows and a
 * checksum recorded for each license. Any process may do it, several at once too: they agree on the
 * snapshot first, and all that follows depends on the snapshot alone.
 */
interface ClosingParts {
  database: Database
  store: Store
  lease: Lease
  clock: Clock
}

/** Hours that one turn closes at most, and hours of a backfill that one query settles. */
const HOURS_MAX = 1000
const SETTLED_HOURS_MAX = 168
const INSERTED_ROWS_MAX = 1000

/** Closes what can be closed and settles what can be settled. Safe to do twice, and at once. */
export async function closeHours(parts: ClosingParts): Promise<void> {
  await buryDeadLeases(parts.database, parts.clock, parts.lease.terms)
  const watermark = await parts.lease.readWatermark()
  for (let hours = 0; hours < HOURS_MAX; hours += 1) {
    if (!(await closeNextHour(parts, watermark))) break
  }
  while (await settleHours(parts, watermark)) {
    // The next license, until none is left.
  }
}

/** How far hours are closed, exclusive. */
export async function readClosedUntil(database: Database): Promise<Date> {
  const { closed_until } = await database.db
    .selectFrom('sample_progress')
    .select('closed_until')
    .executeTakeFirstOrThrow()
  return closed_until
}

async function closeNextHour({ database, store }: ClosingParts, watermark: Date): Promise<boolean> {
  const closedUntil = await readClosedUntil(database)
  if (plusMs(closedUntil, HOUR_MS) > watermark) return false
  await store.catchUp()
  if (await skipEmptyHours({ database, store, closedUntil, watermark })) return true
  const storedBefore = await agreeOnSnapshot(database, closedUntil, watermark)
  if (storedBefore === undefined) return true
  const hours = { licenseKey: undefined, hours: [closedUntil], storedBefore }
  const summaries = await summarizeAll(store, hours)
  await database.transaction(async (tx) => {
    for (let start = 0; start < summaries.length; start += INSERTED_ROWS_MAX) {
      const rows = summaries.slice(start, start + INSERTED_ROWS_MAX)
      await tx
        .insertInto('sample_hours')
        .values(rows.map((summary) => rowOf(summary, { revision: 1, storedBefore })))
        .onConflict((on) => on.doNothing())
        .execute()
    }
    await tx
      .updateTable('sample_progress')
      .set({ closed_until: plusMs(closedUntil, HOUR_MS), closing_before: null })
      .where('closed_until', '=', closedUntil)
      .execute()
  })
  return true
}

/** Rows are counted once their duplicates are stored, where every replica sees them. */
async function summarizeAll(store: Store, of: Omit<Hours, 'table'>): Promise<HourSummary[]> {
  const all = Object.values(hourTables).map((table) => ({ ...of, table }))
  for (const hours of all)
    await storeDuplicates(store, hours, { rows: await countStored(store, hours) })
  await store.catchUp()
  return (await Promise.all(all.map((hours) => summarizeHours(store, hours)))).flat()
}

/** After a pause of days there is little to close: goes at once to the hour of the next sample. */
async function skipEmptyHours(parts: {
  database: Database
  store: Store
  closedUntil: Date
  watermark: Date
}): Promise<boolean> {
  const end = hourOf(parts.watermark)
  const firsts = Object.values(hourTables).map(({ name }) =>
    parts.store.rows<{ ms: string }>({
      sql: `SELECT toString(toUnixTimestamp64Milli(time)) AS ms FROM ${parts.store.named(name)}
        WHERE time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
        ORDER BY time LIMIT 1`,
      parameters: { from: storedTime(parts.closedUntil), to: storedTime(end) },
    }),
  )
  const found = (await Promise.all(firsts)).flat().map(({ ms }) => Number(ms))
  const next = hourOf(new Date(Math.min(end.getTime(), ...found)))
  if (next <= parts.closedUntil) return false
  await parts.database.db
    .updateTable('sample_progress')
    .set({ closed_until: next, closing_before: null })
    .where('closed_until', '=', parts.closedUntil)
    .execute()
  return true
}

/** The snapshot that whoever began to close this hour wrote down; undefined when it is closed already. */
async function agreeOnSnapshot(
  database: Database,
  hour: Date,
  watermark: Date,
): Promise<Date | undefined> {
  const of = (db: Database['db']) =>
    db.selectFrom('sample_progress').where('closed_until', '=', hour)
  await database.db
    .updateTable('sample_progress')
    .set({ closing_before: watermark })
    .where('closed_until', '=', hour)
    .where('closing_before', 'is', null)
    .execute()
  const row = await of(database.db).select('closing_before').executeTakeFirst()
  return row?.closing_before ?? undefined
}

/** New revisions for closed hours of one license that got rows since. False when there were none. */
async function settleHours({ database, store }: ClosingParts, watermark: Date): Promise<boolean> {
  const touched = await findSettleable(database, {
    watermark,
    closedUntil: await readClosedUntil(database),
    hoursMax: SETTLED_HOURS_MAX,
  })
  const [first] = touched
  if (first === undefined) return false
  const purged = new Set(touched.flatMap(({ hour, purge }) => (purge ? [hour.getTime()] : [])))
  // What counted while rows go would be true of no instant; the next turn looks again.
  if (purged.size > 0 && (await store.isDeleting())) return false
  const times = new Set(touched.map(({ hour }) => hour.getTime()))
  const hours = {
    licenseKey: first.licenseKey,
    hours: [...times].sort((a, b) => a - b).map((time) => new Date(time)),
    storedBefore: watermark,
  }
  await store.catchUp()
  const summaries = await summarizeAll(store, hours)
  await database.transaction(async (tx) => {
    await holdRevisions(tx, first.licenseKey)
    for (const summary of summaries) {
      const isPurged = purged.has(summary.hour.getTime())
      await insertRevision(tx, summary, { storedBefore: watermark, isPurged })
    }
    for (const ms of purged)
      await insertEmptied(tx, summaries, { ...first, hour: new Date(ms), storedBefore: watermark })
    for (const { id, hour } of touched) await forgetTouch(tx, { id, hour })
  })
  return true
}

async function forgetTouch(
  tx: Database['db'],
  touch: Pick<TouchedHour, 'id' | 'hour'>,
): Promise<void> {
  await tx
    .deleteFrom('sample_touched_hours')
    .where('id', '=', touch.id)
    .where('hour', '=', touch.hour)
    .execute()
}
