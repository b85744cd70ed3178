import { mistakeOfValue, type SampleValue } from './column.ts'
import { DAY_MS, plusMs, storedSecond, storedTime } from './hour.ts'
import type { LicenseRef, Sample } from './samples.ts'
import { columnsOf, type SampleTable } from './tables.ts'

// Rows travel as JSONEachRow. What a row says is written when it is given, so that a row that cannot be
// stored is refused to its sender alone; what an insert stamps is written in front of it, insert by insert.

/** Columns that the service writes, whatever the row says. */
const stampedColumns = new Set(['license_key', 'time'])

/** What an insert writes before each row. */
const headColumns = [...stampedColumns, 'stored_at', 'expires_at', 'precedence']

/** Writes rows of one table, and knows which columns any of them had: an insert names no others. */
interface Encoder {
  /** What a row says, from its first comma to the end of its line. Throws for a column or a value there is not. */
  encode(sample: Sample): string
  columns(): readonly string[]
}

export function createEncoder(table: SampleTable): Encoder {
  const used = [...headColumns]
  const columns = new Map(
    columnsOf(table).map((column) => {
      const isStamped = stampedColumns.has(column.name)
      return [column.name, { column, isStamped, isUsed: false, member: `,"${column.name}":` }]
    }),
  )
  const encode = (sample: Sample): string => {
    let members = ''
    for (const { name } of table.key)
      if (sample[name] === undefined) throw new Error(`${name} is missing`)
    for (const name in sample) {
      const value = sample[name]
      if (value === undefined) continue
      const known = columns.get(name)
      if (known === undefined) throw new Error(`${name} is no column of ${table.name}`)
      if (known.isStamped) continue
      const mistake = mistakeOfValue(known.column, value)
      if (mistake !== undefined) throw new Error(`${name} ${mistake}`)
      if (value === null) continue
      members += known.member + encodeValue(value)
      if (known.isUsed) continue
      known.isUsed = true
      used.push(name)
    }
    return `${members}}\n`
  }
  return { encode, columns: () => used }
}

function encodeValue(value: NonNullable<SampleValue>): string {
  if (typeof value === 'string') return quote(value)
  if (value instanceof Date) return `"${storedTime(value)}"`
  return typeof value === 'object' ? `[${value.map(quote).join(',')}]` : String(value)
}

/** To see that a text has none of these takes less than to write it as JSON. */
const unlikeItself = /[^ !#-[\]-~]/

/** A half of a surrogate pair is no UTF-8, and the store would refuse the whole insert for it. */
function quote(text: string): string {
  return unlikeItself.test(text) ? JSON.stringify(text.toWellFormed()) : `"${text}"`
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

/** Writes what stands before the rows of one insert. It is the same for nearly all rows of a license. */
export function createStamp(storedAt: Date): (row: Stamped) => string {
  const heads = new Map<LicenseRef, string>()
  const headOf = (license: LicenseRef, time: Date) =>
    `{"license_key":${JSON.stringify(license.licenseKey)},"time":"${storedTime(time)}",` +
    `"stored_at":"${storedTime(storedAt)}","expires_at":"${storedSecond(expiryOf(time, license))}",`
  const headNow = (license: LicenseRef) => {
    const head = heads.get(license) ?? headOf(license, storedAt)
    heads.set(license, head)
    return head
  }
  return ({ license, time, ordinal }) => {
    const head = time === undefined ? headNow(license) : headOf(license, time)
    return `${head}"precedence":${precedenceOf(storedAt, ordinal)}`
  }
}

const MS_BOUND = 9_999_999_999_999
const ORDINALS = 1_000_000

/** Falls as rows are stored: 13 digits of milliseconds counted down, 6 of the row's ordinal. Below 2^64. */
function precedenceOf(storedAt: Date, ordinal: number): string {
  const ms = MS_BOUND - storedAt.getTime()
  return `${ms}${String(ORDINALS - 1 - (ordinal % ORDINALS)).padStart(6, '0')}`
}
