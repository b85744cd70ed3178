import { createHash, randomBytes } from 'node:crypto'

// API keys, sessions and sign-in links open something by being known. They begin alike, so that a log
// without the ones is without the others.

const KEY_BYTES = 32
const PREFIX = 'sluice_'

export function newKey(): string {
  return PREFIX + randomBytes(KEY_BYTES).toString('base64url')
}

/** Lower-case hex. A key has 256 random bits, so one round of SHA-256 cannot be searched through. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
