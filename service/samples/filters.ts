import type { SampleColumn } from './column.ts'
import { storedTime } from './hour.ts'

/** In the words of the Bitmovin Analytics API. */
export type FilterOperator =
  | 'IN'
  | 'EQ'
  | 'NE'
  | 'LT'
  | 'LTE'
  | 'GT'
  | 'GTE'
  | 'CONTAINS'
  | 'NOTCONTAINS'

/** The value fits the column. Null is what is absent, for EQ and NE alone. */
export interface Filter {
  column: SampleColumn
  operator: FilterOperator
  value: FilterValue | readonly FilterValue[] | null
}

type FilterValue = string | number | boolean | Date

const comparisons: Partial<Record<FilterOperator, string>> = {
  LT: '<',
  LTE: '<=',
  GT: '>',
  GTE: '>=',
}

/** True or false of every row: what is absent equals nothing, and holds nothing. */
export function filterCondition(
  { column, operator, value }: Filter,
  index: number,
): { sql: string; parameters: Record<string, unknown> } {
  const { name, type } = column
  if (value === null)
    return { sql: `${name} IS ${operator === 'EQ' ? '' : 'NOT '}NULL`, parameters: {} }
  const isList = type === 'Array(String)'
  const list = Array.isArray(value)
  const parameter = `{filter${index}:${list ? `Array(${type})` : isList ? 'String' : type}}`
  const parameters = { [`filter${index}`]: list ? value.map(textOf) : textOf(value) }
  const holds = (condition: string) => ({ sql: `ifNull(${condition}, false)`, parameters })
  const lacks = (condition: string) => ({ sql: `NOT ifNull(${condition}, false)`, parameters })
  const contains = isList ? `has(${name}, ${parameter})` : `position(${name}, ${parameter}) > 0`
  switch (operator) {
    case 'EQ':
      return holds(`${name} = ${parameter}`)
    case 'NE':
      return lacks(`${name} = ${parameter}`)
    case 'IN':
      return holds(`has(${parameter}, assumeNotNull(${name})) AND ${name} IS NOT NULL`)
    case 'CONTAINS':
      return holds(contains)
    case 'NOTCONTAINS':
      return lacks(contains)
    default:
      return holds(`${name} ${comparisons[operator]} ${parameter}`)
  }
}

function textOf(value: unknown): unknown {
  return value instanceof Date ? storedTime(value) : value
}
