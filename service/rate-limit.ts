/** So many a second for each key, and some seconds' worth at once. */
export interface RateLimit {
  /** Takes its share, or says how many seconds to wait. */
  take(key: string): { waitSeconds: number } | undefined
  /** Takes more for something that was costlier, or worth less, than the rest. */
  charge(key: string, count: number): void
}

const BURST_SECONDS = 10
/** About 10 MB. Who was not heard of for the longest is forgotten first. */
const KEYS_MAX = 50_000

interface Share {
  left: number
  atMs: number
}

export function createRateLimit(perSecond: number, nowMs: () => number): RateLimit {
  const shares = new Map<string, Share>()
  const burst = perSecond * BURST_SECONDS

  function shareOf(key: string): Share {
    const atMs = nowMs()
    const before = shares.get(key) ?? { left: burst, atMs }
    const grown = before.left + ((atMs - before.atMs) / 1000) * perSecond
    const share = { left: Math.min(burst, grown), atMs }
    shares.delete(key)
    shares.set(key, share)
    const [oldest] = shares.keys()
    if (shares.size > KEYS_MAX && oldest !== undefined) shares.delete(oldest)
    return share
  }

  return {
    take: (key) => {
      const share = shareOf(key)
      if (share.left < 1) return { waitSeconds: Math.ceil((1 - share.left) / perSecond) }
      share.left -= 1
      return undefined
    },
    charge: (key, count) => {
      const share = shareOf(key)
      share.left = Math.max(share.left - count, -burst)
    },
  }
}

/**
 * A socket that listens to both families writes an IPv4 address as ::ffff:203.0.113.7, and some proxies write the
 * port behind it: 203.0.113.7:50123, [2001:db8::1]:50123.
 */
export function plainAddressOf(address: string): string {
  if (!/[[:]/.test(address)) return address
  return address
    .replace(/^\[(.+)\](:\d+)?$/, '$1')
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1')
}

/** Whoever has an IPv6 address has all of its /64; of IPv4, each address is one. */
export function networkOf(given: string): string {
  const address = plainAddressOf(given)
  if (!address.includes(':')) return address
  const [head = '', tail = ''] = address.split('::')
  const first = head.split(':').filter((part) => part !== '')
  const last = tail.split(':').filter((part) => part !== '')
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0')
  const groups = address.includes('::') ? [...first, ...zeros, ...last] : first
  return groups.slice(0, 4).join(':')
}
