/** Values of imported rows: strict, so that nothing is lost or changed in silence. */
import type { SampleColumn, SampleValue } from '#samples'

/** A value as its column has it; what does not fit comes back as it is, for the store's check to name. */
export function readImported(column: SampleColumn, value: unknown): SampleValue | undefined {
  if (value === undefined || value === null) return null
  switch (column.type) {
    case 'String':
      return String(value) === value ? value : undefined
    case 'Int64':
      return numberOf(value)
    case 'Bool':
      return flagOf(value)
    case "DateTime64(3, 'UTC')":
      return instantOf(value)
    case 'Array(String)':
      return listOf(value)
  }
}

function numberOf(value: unknown): number | undefined {
  const isText = typeof value === 'string' && /^-?\d+(\.0+)?$/.test(value)
  const number = isText ? Number(value) : value
  return Number.isSafeInteger(number) ? Number(number) : undefined
}

function flagOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  const flags: Record<string, boolean> = { true: true, false: false, '1': true, '0': false }
  return flags[String(value).toLowerCase()]
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/** ISO 8601 with Z or an offset, or epoch milliseconds. */
function instantOf(value: unknown): Date | undefined {
  const ms = numberOf(value)
  if (ms !== undefined) return new Date(ms)
  return typeof value === 'string' && INSTANT.test(value) ? new Date(value) : undefined
}

function listOf(value: unknown): string[] | undefined {
  const list = typeof value === 'string' ? parseJson(value) : value
  return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
