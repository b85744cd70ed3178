import { mistakeOfValue, resolveColumns, type Sample, type SampleColumn } from '#samples'
import { readImported } from './import-values.ts'

interface ImportRules {
  licenseKey: string
  /** Older samples would be gone at once. */
  oldest: Date
  /** Now: a sample cannot come from later. */
  newest: Date
}

type ImportedRow = { row: Sample } | { message: string }

const NEEDED = ['time', 'impression_id', 'sequence_number']

/** One row in column form, or all that is wrong with it. Columns without a value are null. */
export function readImportedRow(sent: Record<string, unknown>, rules: ImportRules): ImportedRow {
  const row: Sample = {}
  const mistakes: string[] = []
  for (const [name, value] of Object.entries(sent)) {
    const column = columnNamed(name)
    if (column === undefined) mistakes.push(`there is no column '${name.slice(0, 100)}'`)
    else if (Object.hasOwn(row, column.name)) mistakes.push(`${column.name} is given twice`)
    else {
      const read = readImported(column, value)
      const mistake = read === undefined ? kindOf(column) : mistakeOfValue(column, read)
      if (mistake !== undefined) mistakes.push(`${column.name} ${mistake}`)
      row[column.name] = read
    }
  }
  for (const name of NEEDED) if (!Object.hasOwn(row, name)) mistakes.push(`${name} is missing`)
  if (mistakes.length === 0) mistakes.push(...breaches(row, rules))
  const { license_key: _licenseKey, ...rest } = row
  return mistakes.length === 0 ? { row: rest } : { message: mistakes.slice(0, 5).join('; ') }
}

function breaches(row: Sample, rules: ImportRules): string[] {
  const { time, license_key: key } = row
  const found: string[] = []
  if (time instanceof Date && time < rules.oldest)
    found.push(`time is before ${rules.oldest.toISOString()}, where the license's retention ends`)
  if (time instanceof Date && time > rules.newest) found.push('time lies in the future')
  if (key !== undefined && key !== null && key !== rules.licenseKey)
    found.push("license_key is another license's")
  return found
}

function kindOf(column: SampleColumn): string {
  const kind = mistakeOfValue(column, column.type === 'String' ? 0 : '')
  return kind ?? `must be ${column.type}`
}

const known = new Map<string, SampleColumn>()

/** Names repeat in every row, so those that exist are remembered. */
function columnNamed(name: string): SampleColumn | undefined {
  const found = known.get(name)
  if (found !== undefined) return found
  const resolved = resolveColumns([name])
  const column = 'columns' in resolved ? resolved.columns[0] : undefined
  if (column !== undefined) known.set(name, column)
  return column
}
