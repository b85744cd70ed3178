// What a column of a table of samples is, and which values can stand in it.

/** ClickHouse's name of the type, without Nullable and LowCardinality, which `storedTypeOf` adds. */
type ColumnType = 'String' | 'Int64' | 'Bool' | "DateTime64(3, 'UTC')" | 'Array(String)'

/** How files have a value of the type, in words. */
export const columnForms: Readonly<Record<ColumnType, { csv: string; parquet: string }>> = {
  String: { csv: 'text', parquet: 'string' },
  Int64: { csv: 'integer', parquet: 'int64' },
  Bool: { csv: '`true`, `false`', parquet: 'boolean' },
  "DateTime64(3, 'UTC')": { csv: 'ISO 8601', parquet: 'timestamp, ms, UTC' },
  'Array(String)': { csv: 'JSON array', parquet: 'list of string' },
}

/** As a row brings it: instants as Date. */
export type SampleValue = string | number | boolean | Date | readonly string[] | null

export interface SampleColumn {
  readonly name: string
  readonly type: ColumnType
  /** What a player may leave out; an absent list is empty instead. */
  readonly isNullable: boolean
  readonly unit?: string
  readonly description: string
  /** The member of a collector's sample it comes from, where one member decides. */
  readonly wire?: string
  /** Few different values: the store keeps a dictionary. */
  readonly isRepetitive?: true
}

type Options = Partial<Pick<SampleColumn, 'isNullable' | 'isRepetitive' | 'unit' | 'wire'>>

/** Without a wire name of its own, a column has its name in camelCase; '' says that no collector sends it. */
export function column(
  name: string,
  type: ColumnType,
  description: string,
  options: Options = {},
): SampleColumn {
  const { isNullable = type !== 'Array(String)', wire = camelCase(name), ...rest } = options
  return { name, type, isNullable, description, ...rest, ...(wire !== '' && { wire }) }
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

export const text = (name: string, description: string, options: Options = {}): SampleColumn =>
  column(name, 'String', description, options)
/** A text with few different values. */
export const few = (name: string, description: string, options: Options = {}): SampleColumn =>
  column(name, 'String', description, { ...options, isRepetitive: true })
export const flag = (name: string, description: string, options: Options = {}): SampleColumn =>
  column(name, 'Bool', description, options)
export const integer = (
  name: string,
  unit: string,
  description: string,
  wire?: string,
): SampleColumn =>
  column(name, 'Int64', description, {
    ...(unit !== '' && { unit }),
    ...(wire !== undefined && { wire }),
  })

/** What an id is told from is kept by the database too, whose texts hold no NUL. */
export function isId({ name, type }: SampleColumn): boolean {
  return type === 'String' && name.endsWith('_id')
}

/** The type of a column in the store. */
export function storedTypeOf(column: SampleColumn): string {
  const plain = plainTypeOf(column)
  return column.isRepetitive ? `LowCardinality(${plain})` : plain
}

/** Without a dictionary. */
export function plainTypeOf({ type, isNullable }: SampleColumn): string {
  return isNullable ? `Nullable(${type})` : type
}

/** What an instant of the store can be; clocks of devices say anything. */
const TIME_MIN = Date.UTC(1970, 0, 1)
const TIME_MAX = Date.UTC(2200, 0, 1)

/** Why a value cannot stand in a column, in words; undefined when it can. */
export function mistakeOfValue(
  column: SampleColumn,
  value: SampleValue | undefined,
): string | undefined {
  const { type, isNullable } = column
  if (value === null || value === undefined)
    return isNullable || type === 'Array(String)' ? undefined : 'must be given'
  switch (type) {
    case 'String':
      if (typeof value !== 'string') return 'must be a text'
      return isId(column) && value.includes('\0') ? 'must not contain U+0000' : undefined
    case 'Int64':
      return Number.isSafeInteger(value) ? undefined : 'must be a whole number below 2^53'
    case 'Bool':
      return typeof value === 'boolean' ? undefined : 'must be true or false'
    case "DateTime64(3, 'UTC')":
      return value instanceof Date && value.getTime() >= TIME_MIN && value.getTime() < TIME_MAX
        ? undefined
        : 'must be an instant from 1970 to 2199'
    case 'Array(String)':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
        ? undefined
        : 'must be a list of texts'
  }
}
