/** As CSV writes it: empty for null, lists as JSON. */
export function readValue(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
