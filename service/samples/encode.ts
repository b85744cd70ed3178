import { mistakeOfValue, type SampleColumn, type SampleValue } from './column.ts'
import { DAY_MS, plusMs, storedSecond, storedTime } from './hour.ts'
import type { LicenseRef, Sample } from './samples.ts'
import { columnsOf, type SampleTable, sampleTables } from './tables.ts'

// Rows travel as JSONEachRow. What a row says is written when it is given, so that a row that cannot be
// stored is refused to its sender alone; what an insert stamps is written in front of it, insert by insert.

const columnsByName = new Map(
  sampleTables.map((table) => [
    table,
    new Map(columnsOf(table).map((column) => [column.name, column])),
  ]),
)

/** Columns that the service writes, whatever the row says. */
const stampedColumns = new Set(['license_key', 'time'])

/** What a row says, as the inside of a JSON object. Throws for a column or a value there is not. */
export function encodeSample(table: SampleTable, sample: Sample): string {
  const columns = columnsByName.get(table)
  let members = ''
  for (const { name } of table.key)
    if (sample[name] === undefined) throw new Error(`${name} is missing`)
  for (const name in sample) {
    const value = sample[name]
    if (value === undefined || stampedColumns.has(name)) continue
    const column = columns?.get(name)
    if (column === undefined) throw new Error(`${name} is no column of ${table.name}`)
    const mistake = mistakeOfValue(column, value)
    if (mistake !== undefined) throw new Error(`${name} ${mistake}`)
    if (value === null) continue
    members += `${members === '' ? '' : ','}"${name}":${encodeValue(column, value)}`
  }
  return members
}

function encodeValue({ type }: SampleColumn, value: NonNullable<SampleValue>): string {
  if (value instanceof Date) return `"${storedTime(value)}"`
  // A half of a surrogate pair is no UTF-8, and the store would refuse the whole insert for it.
  if (typeof value === 'string') return JSON.stringify(value.toWellFormed())
  if (type === 'Array(String)' && typeof value === 'object')
    return JSON.stringify(value.map((item) => item.toWellFormed()))
  return String(value)
}

/** ClickHouse's DateTime ends in 2106. */
const EXPIRES_MAX = new Date(Date.UTC(2106, 0, 1))

export function expiryOf(time: Date, license: LicenseRef): Date {
  const expiry = plusMs(time, license.retentionDays * DAY_MS)
  return expiry < EXPIRES_MAX ? expiry : EXPIRES_MAX
}

/** What an insert knows of a row: whose it is, and when it happened. */
interface Stamped {
  license: LicenseRef
  /** Absent: when it is stored. */
  time: Date | undefined
  /** Counts the rows of this process. */
  ordinal: number
}

/** Writes the rows of one insert. What is stamped is the same for nearly all rows of a license. */
export function createStamp(storedAt: Date): (encoded: string, row: Stamped) => string {
  const heads = new Map<LicenseRef, string>()
  const headOf = (license: LicenseRef, time: Date) =>
    `{"license_key":${JSON.stringify(license.licenseKey)},"time":"${storedTime(time)}",` +
    `"stored_at":"${storedTime(storedAt)}","expires_at":"${storedSecond(expiryOf(time, license))}",`
  const headNow = (license: LicenseRef) => {
    const head = heads.get(license) ?? headOf(license, storedAt)
    heads.set(license, head)
    return head
  }
  return (encoded, { license, time, ordinal }) => {
    const head = time === undefined ? headNow(license) : headOf(license, time)
    return `${head}"precedence":${precedenceOf(storedAt, ordinal)},${encoded}}\n`
  }
}

const MS_BOUND = 9_999_999_999_999
const ORDINALS = 1_000_000

/** Falls as rows are stored: 13 digits of milliseconds counted down, 6 of the row's ordinal. Below 2^64. */
function precedenceOf(storedAt: Date, ordinal: number): string {
  const ms = MS_BOUND - storedAt.getTime()
  return `${ms}${String(ORDINALS - 1 - (ordinal % ORDINALS)).padStart(6, '0')}`
}
