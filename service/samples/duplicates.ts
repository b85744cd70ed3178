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
/** By which keys are cut into slices of about one size. */
const SAMPLED_VALUES = 10_000

export interface Hours {
  table: HourTable
  /** Absent: all licenses. */
  licenseKey: string | undefined
  /** Ascending, at least one. */
  hours: Date[]
  storedBefore: Date
}

/** Stores the duplicates among the rows of some hours. `rows` is how many those are, about. */
export async function storeDuplicates(
  store: Store,
  hours: Hours,
  { rows, keysMax = KEYS_MAX }: { rows: number; keysMax?: number },
): Promise<void> {
  for (const slice of await slicesOf(store, hours, Math.ceil(rows / keysMax))) {
    const parts = partsOf(store, hours, slice)
    const [found] = await store.rows<{ found: number }>({
      sql: `SELECT toUInt32(count()) AS found FROM (${parts.suspects})`,
      parameters: parts.parameters,
    })
    if ((found?.found ?? 0) > 0) await store.command(insertOf(store, hours.table, parts))
  }
}

/** Of all keys those that a condition lets through. */
interface Slice {
  condition: string
  parameters: Record<string, unknown>
}

interface Parts {
  suspects: string
  near: string
  parameters: Record<string, unknown>
}

const everything: Slice = { condition: '', parameters: {} }

/**
 * About so many slices of one size. By ranges of the first column of the key, in whose order the rows of an hour
 * lie, so that all slices together read each row once; where one impression has more rows than a slice, by hash.
 */
async function slicesOf(store: Store, hours: Hours, count: number): Promise<Slice[]> {
  if (count <= 1) return [everything]
  const bounds = await findBounds(store, hours, count)
  if (bounds === undefined) {
    const condition = ` AND ${hashOf(hours.table)} % {slices:UInt32} = {slice:UInt32}`
    return Array.from({ length: count }, (_, slice) => ({
      condition,
      parameters: { slice, slices: count },
    }))
  }
  const column = firstOf(hours.table)
  return [undefined, ...bounds].map((low, index) => {
    const high = bounds[index]
    const conditions = [
      low !== undefined && ` AND ${column} >= {low:String}`,
      high !== undefined && ` AND ${column} < {high:String}`,
    ]
    return {
      condition: conditions.filter(Boolean).join(''),
      parameters: { ...(low !== undefined && { low }), ...(high !== undefined && { high }) },
    }
  })
}

/** Ascending, one less than slices; undefined when one value lies on two of them. */
async function findBounds(
  store: Store,
  hours: Hours,
  slices: number,
): Promise<string[] | undefined> {
  const of = timesOf(hours)
  const [row] = await store.rows<{ values: string[] }>({
    sql: `SELECT arraySort(groupArraySample(${SAMPLED_VALUES})(${firstOf(hours.table)})) AS values
      FROM ${store.named(hours.table.name)} WHERE ${of.license}${of.inHours}`,
    parameters: of.parameters,
  })
  const values = row?.values ?? []
  const bounds = Array.from(
    { length: slices - 1 },
    (_, index) => values[Math.floor((values.length * (index + 1)) / slices)] ?? '',
  )
  return new Set(bounds).size === bounds.length ? bounds : undefined
}

const firstOf = (table: HourTable) => table.key[0]?.name ?? table.impression
const hashOf = (table: HourTable) => `sipHash64(license_key, ${keyOf(table)})`

function partsOf(store: Store, hours: Hours, slice: Slice): Parts {
  const [table, hash] = [store.named(hours.table.name), hashOf(hours.table)]
  const { license, inHours, parameters } = timesOf(hours)
  const near =
    `${license}time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}` +
    ` AND stored_at < {before:DateTime64(3, 'UTC')}${slice.condition}`
  const ofHours = `SELECT ${hash} FROM ${table} WHERE ${near} AND ${inHours}`
  // Rows whose key is seen in two hours: few, but for a number that is theirs by chance.
  const suspects =
    `SELECT ${hash} AS hash FROM ${table} WHERE ${near} AND ${hash} IN (${ofHours})` +
    ' GROUP BY hash HAVING min(toStartOfHour(time)) != max(toStartOfHour(time))'
  return {
    suspects,
    near,
    parameters: { ...parameters, ...slice.parameters },
  }
}

/** Which rows are of the hours, for partitions and the key to choose by. */
function timesOf(hours: Hours) {
  const [first, last] = [hours.hours[0], hours.hours.at(-1)]
  if (first === undefined || last === undefined) throw new Error('There is no hour to look at.')
  const reachMs = REACH_DAYS * DAY_MS
  return {
    license: hours.licenseKey === undefined ? '' : 'license_key = {license:String} AND ',
    inHours:
      "toStartOfHour(time) IN {hours:Array(DateTime('UTC'))}" +
      " AND time >= {first:DateTime64(3, 'UTC')} AND time < {end:DateTime64(3, 'UTC')}",
    parameters: {
      ...(hours.licenseKey !== undefined && { license: hours.licenseKey }),
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
