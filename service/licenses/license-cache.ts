import type { Database } from '#database'
import type { License } from './licenses.ts'

const ENTRIES_MAX = 10_000
const AGE_MS_MAX = 60_000

interface Entry {
  license: License
  storedMs: number
}

interface LicenseCache {
  get(licenseKey: string, find: () => Promise<License | undefined>): Promise<License | undefined>
  forget(licenseKey: string): void
}

/** One for each database, as long as that is open. */
const caches = new WeakMap<Database, LicenseCache>()

export function cacheOf(database: Database): LicenseCache {
  const known = caches.get(database)
  if (known !== undefined) return known
  const cache = createLicenseCache(() => performance.now())
  caches.set(database, cache)
  return cache
}

/**
 * Every batch of samples asks for its license, so those found are kept for a minute, the longest kept
 * going first when there are too many. A key that is unknown is asked for again: it may be new.
 */
export function createLicenseCache(nowMs: () => number): LicenseCache {
  const entries = new Map<string, Entry>()
  return {
    get: async (licenseKey, find) => {
      const entry = entries.get(licenseKey)
      if (entry !== undefined && nowMs() - entry.storedMs < AGE_MS_MAX) return entry.license
      const license = await find()
      entries.delete(licenseKey)
      if (license === undefined) return undefined
      entries.set(licenseKey, { license, storedMs: nowMs() })
      const [oldest] = entries.keys()
      if (entries.size > ENTRIES_MAX && oldest !== undefined) entries.delete(oldest)
      return license
    },
    forget: (licenseKey) => void entries.delete(licenseKey),
  }
}
