import type { Clock } from '#database'
import { hashKey, newKey } from '#organizations'

/** Links of a laptop's world that sign in at once. In memory, once each, and never in production. */
export interface SignInLinks {
  /** What stands behind the address's `#`, which no browser sends anywhere. */
  issue(apiKey: string): string
  /** The hash of the API key. The second time there is none. */
  redeem(token: string): string | undefined
}

const LIFE_MS = 15 * 60_000
const LINKS_MAX = 100

export function createSignInLinks(clock: Clock): SignInLinks {
  const links = new Map<string, { keyHash: string; endMs: number }>()
  return {
    issue: (apiKey) => {
      const token = newKey()
      const [oldest] = links.keys()
      if (links.size >= LINKS_MAX && oldest !== undefined) links.delete(oldest)
      const endMs = clock.now().getTime() + LIFE_MS
      links.set(token, { keyHash: hashKey(apiKey), endMs })
      return token
    },
    redeem: (token) => {
      const link = links.get(token)
      links.delete(token)
      return link !== undefined && clock.now().getTime() < link.endMs ? link.keyHash : undefined
    },
  }
}
