import { randomBytes } from 'node:crypto'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Prefixes tell what an id is of. */
type IdPrefix = 'AIDA' | 'AROA' | 'ANPA' | 'AKIA' | 'ASIA'

/** `AIDA…` and the like: 21 characters, for access keys 20. */
export function newId(prefix: IdPrefix): string {
  const length = prefix === 'AKIA' || prefix === 'ASIA' ? 16 : 17
  return prefix + Array.from(randomBytes(length), (byte) => ALPHABET[byte % 32]).join('')
}

/** 40 characters. */
export function newSecretAccessKey(): string {
  return randomBytes(30).toString('base64')
}

export function newAccountId(): string {
  // 100000000000 to 999999999999: AWS has ids that begin with 0, and tools that then drop it.
  const digits = Array.from(randomBytes(11), (byte) => byte % 10)
  return `${1 + ((randomBytes(1)[0] ?? 0) % 9)}${digits.join('')}`
}
