import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { Tag } from './identities.ts'

/**
 * A session of a role lives in its own token, sealed with a key that only the state holds: nothing
 * is stored per session, and a token from before a restart is still good, or still expired.
 */
export interface Session {
  accessKeyId: string
  secretAccessKey: string
  accountId: string
  /** The role's unique id: a role of the same name made anew does not take over the session. */
  roleId: string
  sessionName: string
  /** Milliseconds since 1970. */
  issuedAt: number
  expiresAt: number
  /** Texts of the session policies. */
  policies: string[]
  policyArns: string[]
  tags: Tag[]
  transitiveTagKeys: string[]
  sourceIdentity?: string
}

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const SESSION_BYTES_MAX = 256 * 1024

export function sealSession(session: Session, tokenKey: string): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, Buffer.from(tokenKey, 'base64'), nonce)
  const sealed = cipher.update(deflateRawSync(JSON.stringify(session)))
  return Buffer.concat([nonce, sealed, cipher.final(), cipher.getAuthTag()]).toString('base64')
}

/** Undefined unless the token was sealed with this key. Whether it has expired is not judged. */
export function openSession(token: string, tokenKey: string): Session | undefined {
  const bytes = Buffer.from(token, 'base64')
  if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined
  const nonce = bytes.subarray(0, NONCE_BYTES)
  const decipher = createDecipheriv(CIPHER, Buffer.from(tokenKey, 'base64'), nonce)
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  try {
    const opened = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
    return parseSession(Buffer.concat([opened, decipher.final()]))
  } catch {
    return undefined
  }
}

/** The cast holds because only `sealSession` can have sealed it. */
function parseSession(deflated: Buffer): Session {
  const text = inflateRawSync(deflated, { maxOutputLength: SESSION_BYTES_MAX }).toString('utf8')
  return JSON.parse(text) as Session
}
