/**
 * Which member of what a player sends fills which column. Columns name their member themselves, so this
 * is one table for each kind of body; a body is read by walking over what was sent, and what is in no
 * table is left out and counted.
 */
import { isId, type SampleColumn, type SampleValue } from '#samples'
import { flagOf, instantOf, integerOf, objectOf, textListOf, textOf } from './wire-values.ts'

/** Column names in snake_case; what was not sent is undefined. */
export type SampleRow = Record<string, SampleValue | undefined>

type Read = (value: unknown) => SampleValue
type Member = { column: string; read: Read } | { inside: Named } | 'known'
type Named = Map<string, Member>

interface Members {
  named: Named
  /** What every row begins as. */
  blank: SampleRow
}

/** Characters; longer text is cut. */
export const ID_LENGTH_MAX = 128
export const TEXT_LENGTH_MAX = 1024
export const URL_LENGTH_MAX = 4096
const LIST_ITEMS_MAX = 100

interface MemberOptions {
  /** More spellings, `inside.member` for one inside another, with their column. */
  aliases?: Record<string, string>
  /** Columns that are not read by their type alone. */
  readers?: Record<string, Read>
  /** Members that fill no column, and surprise nobody. */
  known?: readonly string[]
}

/** Columns that the service writes itself. */
const stamped = new Set(['license_key', 'time'])

export function membersOf(
  columns: readonly SampleColumn[],
  { aliases = {}, readers = {}, known = [] }: MemberOptions = {},
): Members {
  const named: Named = new Map()
  const byName = new Map(columns.map((column) => [column.name, column]))
  const spellings = columns
    .filter(({ name, wire }) => wire !== undefined && !stamped.has(name))
    .map(({ name, wire = '' }) => [wire, name] as const)
  for (const [wire, name] of [...spellings, ...Object.entries(aliases)]) {
    const column = byName.get(name)
    if (column === undefined) throw new Error(`There is no column ${name}.`)
    place(named, wire.split('.'), { column: name, read: readers[name] ?? readerOf(column) })
  }
  for (const wire of known) place(named, wire.split('.'), 'known')
  return { named, blank: blankOf(columns) }
}

/** Objects of more members have no layout. */
const BLANK_COLUMNS_MAX = 100

/**
 * Rows that are copies of one object have one layout in memory. Those that get their columns name by name are tables of
 * names each, which are filled and read in twice the time. What is parsed has such a layout, and room for more columns.
 */
function blankOf(columns: readonly SampleColumn[]): SampleRow {
  const names = columns.map(({ name }) => name).filter((name) => !stamped.has(name))
  const first = names.slice(0, BLANK_COLUMNS_MAX)
  const blank = JSON.parse(JSON.stringify(Object.fromEntries(first.map((name) => [name, null]))))
  for (const name of first) blank[name] = undefined
  return blank
}

function place(named: Named, [first = '', ...rest]: string[], member: Member): void {
  if (rest.length === 0) {
    named.set(first, member)
    return
  }
  const outer = named.get(first)
  const inside = typeof outer === 'object' && 'inside' in outer ? outer.inside : new Map()
  named.set(first, { inside })
  place(inside, rest, member)
}

function readerOf(column: SampleColumn): Read {
  const { name, type } = column
  const lengthMax = lengthMaxOf(name)
  switch (type) {
    case 'Int64':
      return integerOf
    case 'Bool':
      return flagOf
    case "DateTime64(3, 'UTC')":
      return instantOf
    case 'Array(String)':
      return (value) => textListOf(value, { itemsMax: LIST_ITEMS_MAX, lengthMax })
    case 'String':
      if (isId(column))
        return (value) => textOf(value, lengthMax)?.replaceAll('\0', '\ufffd') ?? null
      return (value) => textOf(value, lengthMax)
  }
}

const idColumns = /^(impression|video_impression|ad_impression|user|custom_user)_id$|^player_key$/

function lengthMaxOf(name: string): number {
  if (idColumns.test(name)) return ID_LENGTH_MAX
  return /_url$|path$/.test(name) ? URL_LENGTH_MAX : TEXT_LENGTH_MAX
}

/** The row of what was sent, and how many of its members nobody knows. */
export function readMembers(
  members: Members,
  sent: Record<string, unknown>,
): { row: SampleRow; unknownMembers: number } {
  const row = { ...members.blank }
  return { row, unknownMembers: readInto(row, members.named, sent) }
}

function readInto(row: SampleRow, named: Named, sent: Record<string, unknown>): number {
  let unknown = 0
  for (const name in sent) {
    const value = sent[name]
    const member = named.get(name)
    if (member === undefined) unknown += 1
    else if (member === 'known' || value === null) continue
    else if ('inside' in member) unknown += readInto(row, member.inside, objectOf(value) ?? {})
    else {
      const read = member.read(value)
      if (read !== null) row[member.column] = read
    }
  }
  return unknown
}
