import { randomUUID } from 'node:crypto'
import type { Clock, Database } from '#database'
import { deadBefore, type LeaseTerms } from './lease.ts'

// Rows with times of their own may fall into hours that are closed, and rows are deleted from such hours. They
// are written down before the first row comes or goes, so that a crash in between leaves a note and never an
// unsettled hour.

interface Touch {
  id: string
  licenseKey: string
  leaseId: string
  /** Rows go. */
  purge?: true
}

const ROWS_MAX = 1000

export async function noteHours(database: Database, touch: Touch, hours: Date[]): Promise<void> {
  for (let start = 0; start < hours.length; start += ROWS_MAX) {
    const rows = hours.slice(start, start + ROWS_MAX).map((hour) => ({
      id: touch.id,
      license_key: touch.licenseKey,
      hour,
      lease_id: touch.leaseId,
      settle_from: null,
      purge: touch.purge ?? false,
    }))
    await database.db
      .insertInto('sample_touched_hours')
      .values(rows)
      .onConflict((on) =>
        on.columns(['id', 'hour']).doUpdateSet({ lease_id: touch.leaseId, settle_from: null }),
      )
      .execute()
  }
}

/** No more rows come under this id; those that came were stamped before the instant. */
export async function endTouch(database: Database, id: string, settleFrom: Date): Promise<void> {
  await database.db
    .updateTable('sample_touched_hours')
    .set({ settle_from: settleFrom })
    .where('id', '=', id)
    .execute()
}

/** An insert that outlived its lease: its hour may have been closed without it. */
export async function noteLateInsert(
  database: Database,
  late: { licenseKeys: string[]; hour: Date; leaseId: string; settleFrom: Date },
): Promise<void> {
  const rows = late.licenseKeys.map((license_key) => ({
    id: randomUUID(),
    license_key,
    hour: late.hour,
    lease_id: late.leaseId,
    settle_from: late.settleFrom,
  }))
  await database.db.insertInto('sample_touched_hours').values(rows).execute()
}

/** What dead processes left behind: their leases go, and their touched hours may be settled. */
export async function buryDeadLeases(
  database: Database,
  clock: Clock,
  terms: LeaseTerms,
): Promise<void> {
  await database.transaction(async (tx) => {
    const dead = await tx
      .deleteFrom('sample_leases')
      .where('expires_at', '<=', deadBefore(terms))
      .returning(['id', 'stored_until'])
      .execute()
    for (const { id, stored_until } of dead)
      await settleFrom(tx, { leaseIds: [id], from: lastStampOf(stored_until, terms, clock) })
    const orphans = await tx
      .selectFrom('sample_touched_hours')
      .select('lease_id')
      .distinct()
      .where('settle_from', 'is', null)
      .where('lease_id', 'not in', tx.selectFrom('sample_leases').select('id'))
      .execute()
    const leaseIds = orphans.map(({ lease_id }) => lease_id)
    if (leaseIds.length > 0) await settleFrom(tx, { leaseIds, from: clock.now() })
  })
}

/** Its clock may have been ahead of ours: no stamp of a dead process lies beyond this. */
function lastStampOf(storedUntil: Date, terms: LeaseTerms, clock: Clock): Date {
  const lastMs = storedUntil.getTime() + terms.leaseMs + terms.insertOverMs
  return new Date(Math.max(lastMs, clock.now().getTime()))
}

async function settleFrom(
  tx: Database['db'],
  { leaseIds, from }: { leaseIds: string[]; from: Date },
): Promise<void> {
  await tx
    .updateTable('sample_touched_hours')
    .set({ settle_from: from })
    .where('settle_from', 'is', null)
    .where('lease_id', 'in', leaseIds)
    .execute()
}

export interface TouchedHour {
  id: string
  licenseKey: string
  hour: Date
  purge: boolean
}

/** Touched hours that are closed and whose rows are all stored, of one license, the oldest first. */
export async function findSettleable(
  database: Database,
  options: { watermark: Date; closedUntil: Date; hoursMax: number },
): Promise<TouchedHour[]> {
  const settleable = database.db
    .selectFrom('sample_touched_hours')
    .where('settle_from', '<=', options.watermark)
    .where('hour', '<', options.closedUntil)
  const first = await settleable
    .select('license_key')
    .orderBy('license_key')
    .limit(1)
    .executeTakeFirst()
  if (first === undefined) return []
  const rows = await settleable
    .select(['id', 'hour', 'purge'])
    .where('license_key', '=', first.license_key)
    .orderBy('hour')
    .limit(options.hoursMax)
    .execute()
  return rows.map((row) => ({ ...row, licenseKey: first.license_key }))
}

/** By one touch, or by all that delete rows of these licenses. */
export type Touched = { id: string } | { purgedOf: readonly string[] }

/** Whether hours that were touched so and are closed still wait for their revision. */
export async function hasUnsettled(
  database: Database,
  touched: Touched,
  closedUntil: Date,
): Promise<boolean> {
  const closed = database.db
    .selectFrom('sample_touched_hours')
    .select('id')
    .where('hour', '<', closedUntil)
    .limit(1)
  const row = await ('id' in touched
    ? closed.where('id', '=', touched.id)
    : closed.where('purge', '=', true).where('license_key', 'in', [...touched.purgedOf])
  ).executeTakeFirst()
  return row !== undefined
}
