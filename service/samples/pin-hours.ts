import type { Selectable } from 'kysely'
import type { Clock, Database } from '#database'
import { OutputError } from '#errors'
import { readClosedUntil } from './closing.ts'
import { HOUR_MS, hourOf, plusMs } from './hour.ts'
import type { SampleHourRow } from './rows.ts'
import type { PinnedHour, PinnedLicense, Window } from './samples.ts'
import type { SampleType } from './tables.ts'

/** What stands for an hour in which nothing was ever stored: rows that come later are not in it. */
const nothing = { revision: 0, storedBefore: new Date(0), rows: 0, duplicates: 0, checksum: '0' }

export interface WantedHours {
  licenseKeys: readonly string[]
  window: Window
  type: SampleType
}

/**
 * The newest revision of each hour that the window touches, in order. Throws for an hour that is open, and
 * OutputError for one whose first samples have expired: what is left of it is no whole hour.
 */
export async function pinHours(
  { database, clock }: { database: Database; clock: Clock },
  wanted: WantedHours,
): Promise<PinnedHour[]> {
  const { window, licenseKeys } = wanted
  const closedUntil = await readClosedUntil(database)
  if (closedUntil < window.end)
    throw new Error(`The hours from ${closedUntil.toISOString()} on are not closed yet.`)
  const newest = await readNewest(database, wanted)
  const expired = newest.findLast((row) => row.expires_at <= clock.now())
  if (expired !== undefined) throw samplesExpired(expired.hour)
  const name = (licenseKey: string, hour: Date) => `${licenseKey} ${hour.getTime()}`
  const recorded = new Map(newest.map((row) => [name(row.license_key, row.hour), row]))
  return partsOf(window).map((part) => ({
    ...part,
    licenses: licenseKeys.map((licenseKey) => {
      const row = recorded.get(name(licenseKey, hourOf(part.start)))
      return { licenseKey, ...(row === undefined ? nothing : pinnedOf(row)) }
    }),
  }))
}

/** See Samples. */
export async function pinAgain(
  parts: { database: Database; clock: Clock },
  { licenses, ...window }: PinnedHour,
  type: SampleType,
): Promise<PinnedHour | undefined> {
  const revisions = await parts.database.db
    .selectFrom('sample_hours')
    .select(['license_key', 'revision'])
    .where('type', '=', type)
    .where('hour', '=', hourOf(window.start))
    .where('purged', '=', true)
    .where(
      'license_key',
      'in',
      licenses.map(({ licenseKey }) => licenseKey),
    )
    .execute()
  const isPurged = licenses.some(({ licenseKey, revision }) =>
    revisions.some((row) => row.license_key === licenseKey && row.revision > revision),
  )
  if (!isPurged) return undefined
  const licenseKeys = licenses.map(({ licenseKey }) => licenseKey)
  const [newest] = await pinHours(parts, { licenseKeys, window, type })
  return newest
}

/** Of each hour that was recorded, and each license, the newest revision. */
export function readNewest({ db }: Database, { licenseKeys, window, type }: WantedHours) {
  return db
    .selectFrom('sample_hours')
    .distinctOn(['hour', 'license_key'])
    .selectAll()
    .where('license_key', 'in', licenseKeys)
    .where('type', '=', type)
    .where('hour', '>=', hourOf(window.start))
    .where('hour', '<', window.end)
    .orderBy('hour')
    .orderBy('license_key')
    .orderBy('revision', 'desc')
    .execute()
}

function pinnedOf(row: Selectable<SampleHourRow>): Omit<PinnedLicense, 'licenseKey'> {
  return {
    revision: row.revision,
    storedBefore: row.stored_before,
    rows: Number(row.row_count),
    duplicates: Number(row.duplicate_count),
    checksum: row.checksum,
  }
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
