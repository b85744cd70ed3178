/**
 * Patterns of policy elements: `*` stands for any run of characters, `?` for exactly one, `${key}`
 * for the value of a condition key, and `${*}`, `${?}`, `${$}` for the characters themselves. What
 * a variable brings in is text, never a wildcard. Version 2008-10-17 knows wildcards but no
 * variables, so its escapes are plain text.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
const ONE = Symbol('exactly one character')

/** Exactly one character, whatever it is; or this text. */
type Piece = string | typeof ONE
/** What stands between two stars. */
type Segment = Piece[]
/** The first and the last segment are bound to the ends of the text. */
type Pattern = Segment[]

/** What variables stand for. Absent altogether in policies of version 2008-10-17. */
export interface Variables {
  /** The single value of a condition key. */
  valueOf(key: string): string | undefined
  isUnknown(key: string): boolean
}

const VARIABLE = /^\s*([^\s,'{}$*?]+)\s*(?:,\s*'([^']*)'\s*)?$/

/**
 * Escapes `*`, `?` and `$`, so that a Resource element of version 2012-10-17 means exactly this
 * text.
 */
export function escapeForResource(text: string): string {
  return text.replace(/[*?$]/g, (character) => `\${${character}}`)
}

/**
 * Reads a pattern, or undefined when a variable is malformed or has neither a value nor a default.
 */
export function readPattern(text: string, variables: Variables | undefined): Pattern | undefined {
  const pattern: Pattern = [[]]
  for (const part of splitVariables(text, variables !== undefined)) {
    const value = part.isVariable ? readVariable(part.text, variables) : part.text
    if (value === undefined) return undefined
    if (part.isVariable) append(pattern, value)
    else appendWildcards(pattern, value)
  }
  return pattern
}

function appendWildcards(pattern: Pattern, text: string): void {
  let from = 0
  for (let at = 0; at <= text.length; at++) {
    const character = text[at]
    if (at < text.length && character !== '*' && character !== '?') continue
    if (at > from) append(pattern, text.slice(from, at))
    if (character === '*') pattern.push([])
    else if (character === '?') pattern.at(-1)?.push(ONE)
    from = at + 1
  }
}

/** Text joins the text before it, so that it is looked for at once. */
function append(pattern: Pattern, text: string): void {
  const segment = pattern.at(-1)
  const before = segment?.at(-1)
  if (typeof before === 'string') segment?.splice(-1, 1, before + text)
  else segment?.push(text)
}

/** The text with its variables replaced; wildcards outside of `${…}` are ordinary characters. */
export function expandVariables(
  text: string,
  variables: Variables | undefined,
): string | undefined {
  let expanded = ''
  for (const part of splitVariables(text, variables !== undefined)) {
    const value = part.isVariable ? readVariable(part.text, variables) : part.text
    if (value === undefined) return undefined
    expanded += value
  }
  return expanded
}

/** Splits at colons outside of `${…}`; the last part keeps all further colons. */
export function splitAtColons(text: string, partsMax: number, hasVariables: boolean): string[] {
  const parts = ['']
  for (const part of splitVariables(text, hasVariables)) {
    const pieces = part.isVariable ? [`\${${part.text}}`] : part.text.split(':')
    pieces.forEach((piece, index) => {
      if (index > 0 && parts.length < partsMax) parts.push(piece)
      else parts[parts.length - 1] += index > 0 ? `:${piece}` : piece
    })
  }
  return parts
}

/** Whether every `${…}` in the text is closed and well formed. */
export function hasValidVariables(text: string): boolean {
  const anything = { valueOf: () => '', isUnknown: () => false }
  return expandVariables(text, anything) !== undefined
}

/** Whether the text depends on a variable that nobody can say the value of. */
export function hasUnknownVariables(text: string, variables: Variables | undefined): boolean {
  if (!variables) return false
  return splitVariables(text, true).some(({ text: variable, isVariable }) => {
    const key = isVariable ? VARIABLE.exec(variable)?.[1] : undefined
    return key !== undefined && variables.isUnknown(key)
  })
}

/**
 * Matches the whole text: each segment is taken where it first fits. Without `?` that is as fast as the
 * runtime finds text in text; with it, in time proportional to pattern times text at worst.
 */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  const [first = [], ...others] = pattern
  const last = others.pop()
  let at = endOf(first, text, 0)
  if (at === undefined || last === undefined) return at === text.length
  for (const segment of others) {
    at = find(segment, text, at)
    if (at === undefined) return false
  }
  const start = startOfLast(last, text)
  return start !== undefined && start >= at && endOf(last, text, start) === text.length
}

/** Where the segment ends that begins at this place; undefined when it does not fit. */
function endOf(segment: Segment, text: string, start: number): number | undefined {
  let at = start
  for (const piece of segment) {
    if (piece === ONE) {
      const character = text.codePointAt(at)
      if (character === undefined) return undefined
      at += widthOf(character)
    } else if (text.startsWith(piece, at)) at += piece.length
    else return undefined
  }
  return at
}

/** Where the segment ends at the first place that it fits. */
function find(segment: Segment, text: string, from: number): number | undefined {
  const [head, ...rest] = segment
  if (head === undefined) return from
  if (rest.length === 0 && head !== ONE) {
    const start = text.indexOf(head, from)
    return start < 0 ? undefined : start + head.length
  }
  for (let start = from; start < text.length; start += widthOf(text.codePointAt(start) ?? 0)) {
    const end = endOf(segment, text, start)
    if (end !== undefined) return end
  }
  return undefined
}

/** Where the segment must begin to end with the text. */
function startOfLast(segment: Segment, text: string): number | undefined {
  let at = text.length
  for (const piece of segment.toReversed()) {
    if (piece === ONE) at -= widthOf(text.codePointAt(at - 2) ?? 0)
    else at -= piece.length
    if (at < 0) return undefined
  }
  return at
}

/** Characters beyond U+FFFF take two units. */
const widthOf = (character: number) => (character > 0xffff ? 2 : 1)

interface Part {
  text: string
  isVariable: boolean
}

/** An unclosed `${` becomes a variable of the rest of the text, which no key can be named. */
function splitVariables(text: string, hasVariables: boolean): Part[] {
  if (!hasVariables) return [{ text, isVariable: false }]
  const parts: Part[] = []
  let from = 0
  for (let open = text.indexOf('${'); open >= 0; open = text.indexOf('${', from)) {
    const close = text.indexOf('}', open)
    parts.push({ text: text.slice(from, open), isVariable: false })
    parts.push({ text: close < 0 ? '' : text.slice(open + 2, close), isVariable: true })
    from = close < 0 ? text.length : close + 1
  }
  parts.push({ text: text.slice(from), isVariable: false })
  return parts
}

function readVariable(text: string, variables: Variables | undefined): string | undefined {
  if (text === '*' || text === '?' || text === '$') return text
  const [, key, defaultValue] = VARIABLE.exec(text) ?? []
  if (key === undefined) return undefined
  if (variables?.isUnknown(key)) return undefined
  return variables?.valueOf(key) ?? defaultValue
}
