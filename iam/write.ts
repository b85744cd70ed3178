import type { PolicyDocument } from './policy.ts'

/**
 * What STS accepts of the session policies of one call, in characters; its packed form has a limit
 * of its own.
 */
export const SESSION_POLICY_CHARACTERS_MAX = 2048

/**
 * The policy as JSON in ASCII: STS takes no character above U+00FF, so others are `\u` escapes. On one
 * line, unless an indent is given.
 */
export function writePolicy(document: PolicyDocument, indent = 0): string {
  return JSON.stringify(document, null, indent).replace(/[^\n\x20-\x7e]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** Characters as STS counts them: all of the text, white space and escapes included. */
export function sizeOfSessionPolicy(text: string): number {
  return Array.from(text).length
}
