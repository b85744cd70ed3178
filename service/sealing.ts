/**
 * What must be read back from the database and opens a door all the same (a webhook's signing secret) lies there
 * sealed: AES-256-GCM under a key that the database and its backups do not have. The first key of a ring seals,
 * every one opens, so keys change one behind the other. A sealed text belongs to its place: moved into another row
 * it does not open.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from '#secret'

export interface Sealing {
  seal(secret: Secret, place: string): string
  /** Throws SealUnknown when no key of the ring opens it. */
  open(sealed: string, place: string): Secret
  /** Whether the first key has sealed it. */
  isCurrent(sealed: string): boolean
}

/** The key that has sealed it is not in the ring, or the text is not of this place. */
export class SealUnknown extends Error {
  override readonly name = 'SealUnknown'
  readonly keyId: string
  constructor(keyId: string) {
    super(`No key of SLUICE_SECRET_KEY opens what the key ${keyId} has sealed.`)
    this.keyId = keyId
  }
}

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const ALGORITHM = 'aes-256-gcm'
/** `sealed:1:<key id>:<base64 of nonce, tag and text>` */
const MARK = 'sealed:1:'

/** Whether it is a key: 32 bytes in base64. */
export function isSealingKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(text) && Buffer.from(text, 'base64').length === KEY_BYTES
}

/** `keys` in base64, at least one. */
export function openSealing(keys: readonly Secret[]): Sealing {
  const ring = keys.map((key) => {
    const bytes = Buffer.from(key.open(), 'base64')
    return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 8), bytes }
  })
  const [first] = ring
  if (first === undefined) throw new Error('There is no key to seal with.')
  return {
    seal: (secret, place) => {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(ALGORITHM, first.bytes, nonce).setAAD(Buffer.from(place))
      const text = Buffer.concat([cipher.update(secret.open(), 'utf8'), cipher.final()])
      const sealed = Buffer.concat([nonce, cipher.getAuthTag(), text])
      return `${MARK}${first.id}:${sealed.toString('base64')}`
    },
    open: (sealed, place) => {
      if (!sealed.startsWith(MARK)) return new Secret(sealed) // from before there were keys
      const [keyId = '', base64 = ''] = sealed.slice(MARK.length).split(':')
      const key = ring.find(({ id }) => id === keyId)
      if (key === undefined) throw new SealUnknown(keyId)
      return new Secret(unseal(Buffer.from(base64, 'base64'), { ...key, place }))
    },
    isCurrent: (sealed) => sealed.startsWith(`${MARK}${first.id}:`),
  }
}

function unseal(sealed: Buffer, key: { id: string; bytes: Buffer; place: string }): string {
  const nonce = sealed.subarray(0, NONCE_BYTES)
  const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)
  try {
    const decipher = createDecipheriv(ALGORITHM, key.bytes, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(key.place)).setAuthTag(tag)
    const text = sealed.subarray(NONCE_BYTES + TAG_BYTES)
    return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8')
  } catch {
    throw new SealUnknown(key.id)
  }
}

/** Of a laptop: `secret.key` in the data directory, made when it is missing. One process holds the directory. */
export function keyOfDirectory(dataDirectory: string): Secret {
  const path = join(dataDirectory, 'secret.key')
  if (!existsSync(path)) {
    const unfinished = `${path}.${process.pid}`
    const key = `${randomBytes(KEY_BYTES).toString('base64')}\n`
    writeFileSync(unfinished, key, { mode: 0o600, flush: true })
    renameSync(unfinished, path)
  }
  const key = readFileSync(path, 'utf8').trim()
  if (!isSealingKey(key))
    throw new Error(
      `${path} holds no key: it must be 32 bytes in base64. Restore it from a backup.`,
    )
  return new Secret(key)
}
