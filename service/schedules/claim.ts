import { randomUUID } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import type { Database, OrganizationScope } from '#database'
import type { ExportScheduleRow } from './rows.ts'

/** A schedule that one process looks at. Every write of that process carries the lease. */
export type ClaimedSchedule = Selectable<ExportScheduleRow> & { lease_id: string }

/** Longer than any look takes: what a process sends has arrived before another one sends. */
const LEASE_MS = 300_000

/**
 * Takes the schedule that is due longest, of any organization; undefined when none is. Its next look is put off to
 * the end of the lease, so that whoever asks for one meanwhile can be told from the claim.
 */
export async function claimSchedule(
  database: Database,
  now: Date,
): Promise<ClaimedSchedule | undefined> {
  const leaseId = randomUUID()
  const until = new Date(now.getTime() + LEASE_MS)
  const row = await database.db
    .updateTable('export_schedules')
    .set({ lease_id: leaseId, lease_until: until, next_at: until })
    .where('id', '=', (eb) =>
      eb
        .selectFrom('export_schedules')
        .select('id')
        .where('status', '=', 'ACTIVE')
        .where('deleted_at', 'is', null)
        .where('next_at', '<=', now)
        .where((or) => or.or([or('lease_until', 'is', null), or('lease_until', '<=', now)]))
        .orderBy('next_at')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .executeTakeFirst()
  return row && { ...row, lease_id: leaseId }
}

/** Holds the row until the transaction ends; undefined when the schedule is ours or ACTIVE no more. */
export function holdSchedule(
  tx: OrganizationScope,
  { id, lease_id }: ClaimedSchedule,
): Promise<Selectable<ExportScheduleRow> | undefined> {
  return tx
    .selectFrom('export_schedules')
    .selectAll()
    .where('id', '=', id)
    .where('lease_id', '=', lease_id)
    .where('status', '=', 'ACTIVE')
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
}

/** Without effect for a process that has lost its lease. */
export async function updateClaimed(
  scope: OrganizationScope,
  { id, lease_id }: ClaimedSchedule,
  change: Partial<Omit<Selectable<ExportScheduleRow>, 'organization_id' | 'content'>>,
): Promise<void> {
  await scope
    .updateTable('export_schedules')
    .set(change)
    .where('id', '=', id)
    .where('lease_id', '=', lease_id)
    .execute()
}

/** Gives it back, to be looked at by anyone from `nextAt` on, or from when somebody has asked for it since. */
export async function releaseSchedule(
  scope: OrganizationScope,
  { id, lease_id, next_at }: ClaimedSchedule,
  nextAt: Date,
): Promise<void> {
  await scope
    .updateTable('export_schedules')
    .set({
      lease_id: null,
      lease_until: null,
      next_at: sql`case when next_at = ${next_at} then ${nextAt} else least(next_at, ${nextAt}) end`,
    })
    .where('id', '=', id)
    .where('lease_id', '=', lease_id)
    .execute()
}
