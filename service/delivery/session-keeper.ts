import { OutputError } from '#errors'
import type { Session } from './assume-role.ts'

/** Hands out a session that still lasts. */
export interface SessionKeeper {
  /** Throws OutputError once a renewal found the role wrong, and what kept it from being renewed in time. */
  current(): Promise<Session>
}

/** Renewed this long before its end, while the old one goes on working. */
const AHEAD_MS = 15 * 60_000
/** A session with less left than this starts no further request. */
const LEFT_MS_MIN = 2 * 60_000
const RETRY_MS = 30_000

/**
 * Renews ahead of the end, once for all who ask; a renewal that fails for a passing reason leaves the last
 * good session in use and is tried again. One that finds the role wrong ends all use of it at once.
 */
export function keepSession(
  first: Session,
  options: { renew(): Promise<Session>; now(): number },
): SessionKeeper {
  const { renew, now } = options
  let session = first
  let verdict: OutputError | undefined
  let renewing: Promise<void> | undefined
  let retryAt = 0
  const leftMs = () => session.expiresAt.getTime() - now()

  const renewOnce = async (): Promise<void> => {
    try {
      session = await renew()
    } catch (error) {
      if (error instanceof OutputError) verdict = error
      retryAt = now() + RETRY_MS
      throw error
    } finally {
      renewing = undefined
    }
  }

  return {
    current: async () => {
      if (verdict !== undefined) throw verdict
      if (leftMs() > AHEAD_MS) return session
      if (renewing === undefined && (now() >= retryAt || leftMs() <= LEFT_MS_MIN)) {
        renewing = renewOnce()
        renewing.catch(() => {}) // whoever waits for it below hears of it
      }
      if (leftMs() <= LEFT_MS_MIN) await renewing
      return session
    },
  }
}
