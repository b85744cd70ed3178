import type { Database } from '#database'
import { TransientError } from '#errors'
import type { License } from './licenses.ts'

const ENTRIES_MAX = 10_000
const AGE_MS_MAX = 60_000
/** While the database does not answer; what changed meanwhile is not known to anybody here. */
const STALE_MS_MAX = 3_600_000
/** Players wait for the answer. */
const FIND_MS_MAX = 5_000
const FIND_AGAIN_MS = 2_000

interface Entry {
  license: License
  storedMs: number
  freshUntilMs: number
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
 * going first when there are too many. A key that is unknown is asked for again: it may be new. While the database
 * does not answer, a license that was found within the last hour is as it was; of any other nothing is
 * known, and that is a TransientError soon.
 */
export function createLicenseCache(nowMs: () => number): LicenseCache {
  const entries = new Map<string, Entry>()
  return {
    get: async (licenseKey, find) => {
      const entry = entries.get(licenseKey)
      if (entry !== undefined && nowMs() < entry.freshUntilMs) return entry.license
      let license: License | undefined
      try {
        license = await soon(find())
      } catch (error) {
        const isUsable = entry !== undefined && nowMs() - entry.storedMs < STALE_MS_MAX
        if (!isUsable || !(error instanceof TransientError)) throw error
        entry.freshUntilMs = nowMs() + FIND_AGAIN_MS
        return entry.license
      }
      entries.delete(licenseKey)
      if (license === undefined) return undefined
      const storedMs = nowMs()
      entries.set(licenseKey, { license, storedMs, freshUntilMs: storedMs + AGE_MS_MAX })
      const [oldest] = entries.keys()
      if (entries.size > ENTRIES_MAX && oldest !== undefined) entries.delete(oldest)
      return license
    },
    forget: (licenseKey) => void entries.delete(licenseKey),
  }
}

/** A database that has gone away without a word keeps its askers waiting for a minute. */
async function soon<Found>(finding: Promise<Found>): Promise<Found> {
  const tooLong = Promise.withResolvers<never>()
  const timer = setTimeout(() => tooLong.reject(unanswered()), FIND_MS_MAX)
  return Promise.race([finding, tooLong.promise]).finally(() => clearTimeout(timer))
}

function unanswered(): TransientError {
  return new TransientError('DATABASE_UNAVAILABLE', 'The database does not answer.')
}
