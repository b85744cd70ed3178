import { createHash } from 'node:crypto'
import type { Members } from './xml.ts'

/** An account's canonical user id: 64 hexadecimal digits that stay the same. */
function canonicalIdOf(accountId: string): string {
  return createHash('sha256').update(`canonical user ${accountId}`).digest('hex')
}

export function ownerElement(accountId: string): Members {
  return { ID: canonicalIdOf(accountId) }
}
