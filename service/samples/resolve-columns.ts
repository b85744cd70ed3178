import type { SampleColumn } from './column.ts'
import { hourTables, type SampleType } from './tables.ts'

const columnsByName = {
  SESSIONS: byName(hourTables.SESSIONS.columns),
  ADS: byName(hourTables.ADS.columns),
}

function byName(columns: readonly SampleColumn[]): Map<string, SampleColumn> {
  return new Map(columns.map((column) => [plain(column.name), column]))
}

/** Names in snake_case, camelCase and UPPER_CASE differ in case and underscores alone. */
function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

/**
 * The columns of these names, in their order; all columns where none are named. Names may be written
 * in snake_case, camelCase or UPPER_CASE. All unknown names are told at once; a repeated one counts once.
 */
export function resolveColumns(
  names: readonly string[] | undefined,
  type: SampleType = 'SESSIONS',
): { columns: SampleColumn[] } | { unknown: string[] } {
  if (names === undefined || names.length === 0) return { columns: [...hourTables[type].columns] }
  const known = columnsByName[type]
  const unknown = names.filter((name) => !spelling.test(name) || !known.has(plain(name)))
  if (unknown.length > 0) return { unknown }
  const found = names.flatMap((name) => known.get(plain(name)) ?? [])
  return { columns: [...new Set(found)] }
}

const spelling = /^([a-z][a-z0-9]*(_[a-z0-9]+)*|[a-z][a-zA-Z0-9]*|[A-Z][A-Z0-9]*(_[A-Z0-9]+)*)$/
