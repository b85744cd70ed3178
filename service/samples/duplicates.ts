import { DAY_MS, HOUR_MS, plusMs, storedSecond, storedTime } from './hour.ts'
import type { Store } from './store.ts'
import { type HourTable, keyOf } from './tables.ts'

// Within an hour the table keeps the first of two rows with one key. A collector may send a sample again
// hours or days later (Android keeps them for 14 days), so that the second stands in another hour. What
// makes a row a duplicate is an earlier stored row with the same key, at most 15 days away; that depends
// on nothing stored later, so it is found once, when the hour is closed or gets a revision.

const REACH_DAYS = 15
/** Keys that one query holds in memory, about 100 bytes each. */
const KEYS_MAX = 2_000_000

export interface Hours {
  table: HourTable
  /** Absent: all licenses. */
  licenseKey: string | undefined
  /** Ascending, at least one. */
  hours: Date[]
  storedBefore: Date
}

/** Stores the duplicates among the rows of some hours. `rows` is how many those are, about. */
export async function storeDuplicates(store: Store, hours: Hours, rows: number): Promise<void> {
  const slices = Math.max(1, Math.ceil(rows / KEYS_MAX))
  for (let slice = 0; slice < slices; slice += 1) {
    const parts = { ...partsOf(store, hours, { slice, slices }) }
    const [found] = await store.rows<{ found: number }>({
      sql: `SELECT toUInt32(count()) AS found FROM (${parts.suspects})`,
      parameters: parts.parameters,
    })
    if ((found?.found ?? 0) > 0) await store.command(insertOf(store, hours.table, parts))
  }
}

interface Parts {
  suspects: string
  near: string
  inHours: string
  parameters: Record<string, unknown>
}

const hashOf = (table: HourTable) => `sipHash64(license_key, ${keyOf(table)})`

function partsOf(store: Store, hours: Hours, part: { slice: number; slices: number }): Parts {
  const [first, last] = [hours.hours[0], hours.hours.at(-1)]
  if (first === undefined || last === undefined) throw new Error('There is no hour to look at.')
  const [table, hash] = [store.named(hours.table.name), hashOf(hours.table)]
  const reachMs = REACH_DAYS * DAY_MS
  const license = hours.licenseKey === undefined ? '' : 'license_key = {license:String} AND '
  const slice = part.slices === 1 ? '' : ` AND ${hash} % {slices:UInt32} = {slice:UInt32}`
  const near =
    `${license}time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}` +
    ` AND stored_at < {before:DateTime64(3, 'UTC')}${slice}`
  const inHours = `toStartOfHour(time) IN {hours:Array(DateTime('UTC'))}`
  const ofHours =
    `SELECT ${hash} FROM ${table} WHERE ${near} AND ${inHours}` +
    ` AND time >= {first:DateTime64(3, 'UTC')} AND time < {end:DateTime64(3, 'UTC')}`
  // Rows whose key is seen in two hours: few, but for a number that is theirs by chance.
  const suspects =
    `SELECT ${hash} AS hash FROM ${table} WHERE ${near} AND ${hash} IN (${ofHours})` +
    ' GROUP BY hash HAVING min(toStartOfHour(time)) != max(toStartOfHour(time))'
  return {
    suspects,
    near,
    inHours,
    parameters: {
      ...(hours.licenseKey !== undefined && { license: hours.licenseKey }),
      ...(part.slices > 1 && part),
      from: storedTime(plusMs(first, -reachMs)),
      to: storedTime(plusMs(last, reachMs + HOUR_MS)),
      first: storedTime(first),
      end: storedTime(plusMs(last, HOUR_MS)),
      before: storedTime(hours.storedBefore),
      hours: hours.hours.map(storedSecond),
    },
  }
}

function insertOf(store: Store, table: HourTable, { suspects, near, parameters }: Parts) {
  const key = `license_key, ${keyOf(table)}`
  const reachSeconds = (REACH_DAYS * DAY_MS) / 1000
  return {
    sql: `INSERT INTO ${store.named(table.duplicates)} (${key}, hour, expires_at)
      SELECT ${key}, one.1 AS hour, one.3 AS expires_at FROM (
        SELECT ${key}, groupArray((hour, first, expires)) AS seen FROM (
          SELECT ${key}, toStartOfHour(time) AS hour, max(precedence) AS first,
            max(expires_at) AS expires
          FROM ${store.named(table.name)} WHERE ${near} AND ${hashOf(table)} IN (${suspects})
          GROUP BY ${key}, hour)
        GROUP BY ${key} HAVING length(seen) > 1)
      ARRAY JOIN arrayFilter(this -> arrayExists(
        other -> other.2 > this.2 AND abs(dateDiff('second', other.1, this.1)) <= ${reachSeconds},
        seen), seen) AS one
      WHERE one.1 IN {hours:Array(DateTime('UTC'))}`,
    parameters,
  }
}
