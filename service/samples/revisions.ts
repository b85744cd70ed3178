import { sql } from 'kysely'
import type { Database } from '#database'
import type { HourSummary } from './summaries.ts'
import { hourTables } from './tables.ts'

/** Any fixed number of ours, apart from those of the migrations. */
const REVISIONS_LOCK = 7_310_588_036

/** Until the transaction ends, nobody else numbers revisions of the license: each sees those before it. */
export async function holdRevisions(tx: Database['db'], licenseKey: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${licenseKey}, ${REVISIONS_LOCK}::bigint))`.execute(
    tx,
  )
}

export async function insertRevision(
  tx: Database['db'],
  summary: HourSummary,
  { storedBefore, isPurged }: { storedBefore: Date; isPurged: boolean },
): Promise<void> {
  const newest = await readNewest(tx, summary)
  // Another closer was here with a later snapshot, or nothing but duplicates came.
  if (newest !== undefined && newest.stored_before >= storedBefore) return
  if (newest?.checksum === summary.checksum && newest.row_count === summary.rows) return
  const revision = (newest?.revision ?? 0) + 1
  const row = rowOf(summary, { revision, storedBefore })
  // What has expired is gone already: without it the hour is not whole, whatever is left.
  const expires_at =
    newest && newest.expires_at < row.expires_at ? newest.expires_at : row.expires_at
  const values = { ...row, expires_at, purged: isPurged }
  await tx.insertInto('sample_hours').values(values).execute()
}

function readNewest(
  tx: Database['db'],
  { licenseKey, type, hour }: Pick<HourSummary, 'licenseKey' | 'type' | 'hour'>,
) {
  return tx
    .selectFrom('sample_hours')
    .selectAll()
    .where('license_key', '=', licenseKey)
    .where('type', '=', type)
    .where('hour', '=', hour)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Of an hour that lost all its rows nothing is left to summarize. */
export async function insertEmptied(
  tx: Database['db'],
  summaries: HourSummary[],
  at: { licenseKey: string; hour: Date; storedBefore: Date },
): Promise<void> {
  const { licenseKey, hour, storedBefore } = at
  for (const { type } of Object.values(hourTables)) {
    const isLeft = summaries.some(
      (summary) => summary.type === type && summary.hour.getTime() === hour.getTime(),
    )
    const newest = isLeft ? undefined : await readNewest(tx, { licenseKey, type, hour })
    if (newest === undefined) continue
    const nothing = { rows: 0, duplicates: 0, checksum: '0', expiresAt: newest.expires_at }
    const summary = { licenseKey, type, hour, ...nothing }
    await insertRevision(tx, summary, { storedBefore, isPurged: true })
  }
}

export function rowOf(summary: HourSummary, as: { revision: number; storedBefore: Date }) {
  return {
    license_key: summary.licenseKey,
    type: summary.type,
    hour: summary.hour,
    revision: as.revision,
    stored_before: as.storedBefore,
    row_count: summary.rows,
    duplicate_count: summary.duplicates,
    checksum: summary.checksum,
    expires_at: summary.expiresAt,
  }
}
