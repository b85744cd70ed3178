import type { Mistake } from '#errors'
import { type Filter, type FilterOperator, resolveColumns, type SampleColumn } from '#samples'

interface GivenFilter {
  name: string
  operator: FilterOperator
  value?: unknown
}

const texts: FilterOperator[] = ['EQ', 'NE', 'IN', 'CONTAINS', 'NOTCONTAINS']
const numbers: FilterOperator[] = ['EQ', 'NE', 'IN', 'LT', 'LTE', 'GT', 'GTE']

/** What can be asked of a column. */
const operators: Record<SampleColumn['type'], FilterOperator[]> = {
  String: texts,
  Int64: numbers,
  "DateTime64(3, 'UTC')": numbers,
  Bool: ['EQ', 'NE'],
  'Array(String)': ['CONTAINS', 'NOTCONTAINS'],
}

/**
 * The filters of a query, or what is wrong with each. SDKs leave out a value that is null and a list that is
 * empty: without one, EQ and NE ask what is absent, and IN holds for nothing.
 */
export function readFilters(
  given: readonly GivenFilter[],
): { filters: Filter[] } | { mistakes: Mistake[] } {
  const filters: Filter[] = []
  const mistakes: Mistake[] = []
  for (const [index, { name, operator, value }] of given.entries()) {
    const add = (member: string, text: string) =>
      mistakes.push({ field: `filters.${index}.${member}`, text })
    const column = findColumn(name)
    if (column === undefined) {
      add('name', `names no column of a sample: '${name.slice(0, 100)}'`)
      continue
    }
    const allowed = operators[column.type]
    if (!allowed.includes(operator)) {
      add('operator', `must be one of ${allowed.join(', ')} for ${column.name}`)
      continue
    }
    const read = readValue(column, operator, value ?? undefined)
    if ('mistake' in read) add('value', read.mistake)
    else filters.push({ column, operator, value: read.value })
  }
  return mistakes.length > 0 ? { mistakes } : { filters }
}

function findColumn(name: string): SampleColumn | undefined {
  const resolved = resolveColumns([name])
  return 'columns' in resolved ? resolved.columns[0] : undefined
}

type Read = { value: Filter['value'] } | { mistake: string }

function readValue(column: SampleColumn, operator: FilterOperator, value: unknown): Read {
  if (operator === 'IN') {
    const items = [value ?? []].flat().map((item) => itemOf(column, item))
    if (items.some((item) => item === undefined))
      return { mistake: `must hold ${wordsFor(column)}s` }
    return { value: items.flatMap((item) => item ?? []) }
  }
  if (value === undefined && (operator === 'EQ' || operator === 'NE')) return { value: null }
  const item = itemOf(column, value)
  return item === undefined ? { mistake: `must be a ${wordsFor(column)}` } : { value: item }
}

/** Numbers may come as text. */
function itemOf({ type }: SampleColumn, value: unknown) {
  switch (type) {
    case 'String':
    case 'Array(String)':
      return typeof value === 'string' ? value.toWellFormed() : undefined
    case 'Bool':
      return typeof value === 'boolean' ? value : undefined
    case 'Int64':
      return wholeNumberOf(value)
    case "DateTime64(3, 'UTC')": {
      const ms = wholeNumberOf(value) ?? -1
      return ms >= 0 && ms < TIME_MAX ? new Date(ms) : undefined
    }
  }
}

/** What the store takes for an instant. */
const TIME_MAX = Date.UTC(2200, 0, 1)

function wholeNumberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return Number.isSafeInteger(number) ? Number(number) : undefined
}

function wordsFor({ type }: SampleColumn): string {
  if (type === 'Bool') return 'boolean'
  if (type === 'Int64') return 'whole number'
  return type.startsWith('DateTime64') ? 'number of milliseconds since 1970' : 'text'
}
