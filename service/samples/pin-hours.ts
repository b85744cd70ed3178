import type { Clock, Database } from '#database'
import { OutputError } from '#errors'
import { readClosedUntil } from './closing.ts'
import { HOUR_MS, hourOf, plusMs } from './hour.ts'
import type { PinnedHour, Window } from './samples.ts'
import type { SampleType } from './tables.ts'

/** What stands for an hour in which nothing was ever stored: rows that come later are not in it. */
const nothing = { revision: 0, storedBefore: new Date(0), rows: 0, duplicates: 0, checksum: '0' }

/**
 * The newest revision of each hour that the window touches, in order. Throws for an hour that is open, and
 * OutputError for one whose first samples have expired: what is left of it is no whole hour.
 */
export async function pinHours(
  { database, clock }: { database: Database; clock: Clock },
  { licenseKey, window, type }: { licenseKey: string; window: Window; type: SampleType },
): Promise<PinnedHour[]> {
  const closedUntil = await readClosedUntil(database)
  if (closedUntil < window.end)
    throw new Error(`The hours from ${closedUntil.toISOString()} on are not closed yet.`)
  const newest = await database.db
    .selectFrom('sample_hours')
    .distinctOn('hour')
    .selectAll()
    .where('license_key', '=', licenseKey)
    .where('type', '=', type)
    .where('hour', '>=', hourOf(window.start))
    .where('hour', '<', window.end)
    .orderBy('hour')
    .orderBy('revision', 'desc')
    .execute()
  const expired = newest.findLast((row) => row.expires_at <= clock.now())
  if (expired !== undefined) throw samplesExpired(expired.hour)
  const recorded = new Map(newest.map((row) => [row.hour.getTime(), row]))
  return partsOf(window).map((part) => {
    const row = recorded.get(hourOf(part.start).getTime())
    if (row === undefined) return { ...part, ...nothing }
    return {
      ...part,
      revision: row.revision,
      storedBefore: row.stored_before,
      rows: Number(row.row_count),
      duplicates: Number(row.duplicate_count),
      checksum: row.checksum,
    }
  })
}

/** The window cut at full hours. */
function partsOf({ start, end }: Window): Window[] {
  const parts: Window[] = []
  for (let from = start; from < end; ) {
    const next = plusMs(hourOf(from), HOUR_MS)
    parts.push({ start: from, end: next < end ? next : end })
    from = next
  }
  return parts
}

function samplesExpired(lastHour: Date): OutputError {
  const kept = plusMs(lastHour, HOUR_MS).toISOString()
  return new OutputError(
    'SAMPLES_EXPIRED',
    `Samples before ${kept} are older than the license keeps them, and are gone.`,
    { remedy: `Create the export task again with a startTime of ${kept} or later.` },
  )
}
