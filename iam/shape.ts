import { PolicyError } from './policy.ts'

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Throws when the object has another element than these. */
export function refuseOthers(object: Record<string, unknown>, elements: string[]): void {
  const other = Object.keys(object).find((it) => !elements.includes(it))
  if (other !== undefined) {
    throw new PolicyError(`Syntax errors in policy. Unknown element ${JSON.stringify(other)}.`)
  }
}

/** One string or a list of them, as a list. */
export function readStrings(value: unknown, element: string): string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value]
  if (values.length === 0) throw new PolicyError(`Syntax errors in policy. ${element} is empty.`)
  return values.map((it) => {
    if (typeof it === 'string' && it !== '') return it
    throw new PolicyError(`Syntax errors in policy. ${element} must hold non-empty strings.`)
  })
}
