/** Values as players send them: what cannot be read is null, as if it had not been sent. */

/** Of parsed JSON: an object's members are unknown, and its own. */
export function objectOf(value: unknown): Record<string, unknown> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : undefined
}

/** A number from a number or numeric text. */
export function numberOf(value: unknown): number {
  const isNumeric = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '')
  return isNumeric ? Number(value) : Number.NaN
}

/** A whole number from a number, numeric text, or a flag; floats are rounded. */
export function integerOf(value: unknown): number | null {
  const number = Math.round(typeof value === 'boolean' ? Number(value) : numberOf(value))
  return Number.isSafeInteger(number) ? number + 0 : null
}

/** true, false, 1, 0 and their texts. */
export function flagOf(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  const text = typeof value === 'string' ? value.toLowerCase() : value
  if (text === 'true' || text === '1' || text === 1) return true
  return text === 'false' || text === '0' || text === 0 ? false : null
}

/** Text; numbers and flags as text, objects as JSON. Empty text is none. */
export function textOf(value: unknown, lengthMax: number): string | null {
  if (value === undefined || value === null || value === '') return null
  const text = typeof value === 'object' ? jsonOf(value) : String(value)
  return text === null ? null : cutText(text, lengthMax)
}

/** Writing JSON goes one call deeper for each level, and reading it does not: what is nested without end is null. */
export function jsonOf(value: object): string | null {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** Cuts between characters and leaves no half of one, which UTF-8 cannot carry. */
function cutText(text: string, lengthMax: number): string {
  const cut = text.length > lengthMax ? text.slice(0, lengthMax) : text
  const last = cut.charCodeAt(cut.length - 1)
  const isHalf = cut.length < text.length && last >= 0xd800 && last <= 0xdbff
  return (isHalf ? cut.slice(0, -1) : cut).toWellFormed()
}

export function textListOf(
  value: unknown,
  bounds: { itemsMax: number; lengthMax: number },
): string[] | null {
  if (!Array.isArray(value)) return null
  return value
    .slice(0, bounds.itemsMax)
    .map((item) => textOf(item, bounds.lengthMax))
    .filter((item) => item !== null)
}

/** Clocks of devices say anything; what no calendar of ours holds is null. */
const TIME_MS_MAX = Date.UTC(2200, 0, 1)

/** An instant from epoch milliseconds. */
export function instantOf(value: unknown): Date | null {
  const ms = integerOf(value)
  return ms !== null && ms >= 0 && ms < TIME_MS_MAX ? new Date(ms) : null
}
