import { storedSecond } from './hour.ts'
import { rowsInTime } from './rows-in-time.ts'
import type { Store } from './store.ts'

/**
 * How often something was played, by license: impressions whose start-up took time, which is what the
 * collectors' protocol counts and bills as a play. Those of samples that are kept; a license without any is absent.
 */
export async function countPlays(
  store: Store,
  licenseKeys: readonly string[],
  now: Date,
): Promise<Map<string, number>> {
  if (licenseKeys.length === 0) return new Map()
  const query = {
    sql: `SELECT license_key AS licenseKey, toString(uniqExact(impression_id)) AS plays
      FROM ${store.named('samples')}
      WHERE license_key IN {licenses:Array(String)} AND video_startuptime >= 1
        AND expires_at > {now:DateTime('UTC')}
      GROUP BY license_key`,
    parameters: { licenses: licenseKeys, now: storedSecond(now) },
  }
  const rows = await rowsInTime<{ licenseKey: string; plays: string }>(
    store,
    query,
    'Plays were not counted',
  )
  return new Map(rows.map(({ licenseKey, plays }) => [licenseKey, Number(plays)]))
}
