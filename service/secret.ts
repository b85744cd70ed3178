import { inspect } from 'node:util'

const PLACEHOLDER = '[secret]'

/** A value that prints as `[secret]` in logs, JSON and inspection, and opens at one call. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  open(): string {
    return this.#value
  }

  toString(): string {
    return PLACEHOLDER
  }

  toJSON(): string {
    return PLACEHOLDER
  }

  [inspect.custom](): string {
    return PLACEHOLDER
  }
}

const NAME =
  '[\\w-]*(?:token|secret|password|signature|credential|authorization|api[-_]?key)[\\w-]*'
const SECRET_NAME = new RegExp(`^${NAME}$`, 'i')
const NAMED = new RegExp(`\\b(${NAME})(["']?\\s*[=:>]\\s*["']?)([^\\s"'<>&,;]{6,})`, 'gi')
const LONG_BASE64 = /[A-Za-z0-9+/_=-]{100,}/g
const OWN_KEY = /\b(?:sluice_[A-Za-z0-9_-]{20,}|whsec_[A-Za-z0-9+/=]{20,})/g

/**
 * A foreign text without what may open a door: values named like a secret, long base64 runs, our own API
 * keys and webhooks' secrets. S3's ExpiredToken answer, for one, repeats the whole session token. Access key
 * ids stay: they name a session in CloudTrail and open nothing.
 */
export function redact(text: string): string {
  return text
    .replace(NAMED, `$1$2${PLACEHOLDER}`)
    .replace(LONG_BASE64, PLACEHOLDER)
    .replace(OWN_KEY, PLACEHOLDER)
}

const DEPTH_MAX = 5

/** The same value with every text in it redacted; what is nested deeper than a log needs is left out. */
export function redactMembers(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === DEPTH_MAX) return '…'
  if (Array.isArray(value)) return value.map((item) => redactMembers(item, depth + 1))
  const entries = Object.entries(value).map(([name, item]) => {
    const isSecret = SECRET_NAME.test(name) && typeof item === 'string'
    return [name, isSecret ? PLACEHOLDER : redactMembers(item, depth + 1)]
  })
  return Object.fromEntries(entries)
}
