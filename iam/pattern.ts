/**
 * Patterns of policy elements: `*` stands for any run of characters, `?` for exactly one, `${key}`
 * for the value of a condition key, and `${*}`, `${?}`, `${$}` for the characters themselves. What
 * a variable brings in is text, never a wildcard. Version 2008-10-17 knows wildcards but no
 * variables, so its escapes are plain text.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
const ANY = Symbol('any run of characters')
const ONE = Symbol('exactly one character')

type Token = string | typeof ANY | typeof ONE
export type Pattern = Token[]

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
  const pattern: Pattern = []
  for (const part of splitVariables(text, variables !== undefined)) {
    const value = part.isVariable ? readVariable(part.text, variables) : part.text
    if (value === undefined) return undefined
    for (const character of value) {
      if (!part.isVariable && character === '*') pattern.push(ANY)
      else if (!part.isVariable && character === '?') pattern.push(ONE)
      else pattern.push(character)
    }
  }
  return pattern
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

/** Matches the whole text, in time proportional to pattern times text at worst. */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  const characters = Array.from(text)
  let at = 0
  let next = 0
  let lastAny = -1
  let resumeAt = 0
  while (at < characters.length) {
    const token = pattern[next]
    if (token === ANY) {
      lastAny = next++
      resumeAt = at
    } else if (token === ONE || (token !== undefined && token === characters[at])) {
      at++
      next++
    } else if (lastAny >= 0) {
      next = lastAny + 1
      at = ++resumeAt
    } else return false
  }
  return pattern.slice(next).every((token) => token === ANY)
}

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
