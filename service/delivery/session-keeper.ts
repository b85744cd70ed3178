import { OutputError } from '#errors'
import type { Session } from './assume-role.ts'

/** Hands out a session that still lasts. */
export interface SessionKeeper {
  /** Throws OutputError once a renewal found the role wrong, and what kept it from being renewed in time. */
  current(): Promise<Session>
  /**
   * Whether there is another session than this one, with which AWS refused a call. A new one is made where it may
   * do what this one may not. Throws as `current` does.
   */
  replace(refused: Session, reason: 'DEAD' | 'DENIED'): Promise<boolean>
}

/** Renewed this long before its end, while the old one goes on working. */
const AHEAD_MS = 15 * 60_000
/** A session with less left than this starts no further request. */
const LEFT_MS_MIN = 2 * 60_000
const RETRY_MS = 30_000
/**
 * Sessions of a role may be revoked while the role is as good as before, and what refuses a session this young is
 * the role's own: so one that is really denied is not proven again and again.
 */
const YOUNG_MS = 2 * 60_000

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
  let openedAt = now()
  let isReplacement = false
  let verdict: OutputError | undefined
  let renewing: Promise<void> | undefined
  let failure: unknown
  let retryAt = Number.NEGATIVE_INFINITY
  const leftMs = () => session.endsAtMs - now()

  const renewOnce = async (replaces: boolean): Promise<void> => {
    try {
      session = await renew()
      openedAt = now()
      isReplacement = replaces
    } catch (error) {
      if (error instanceof OutputError) verdict = error
      failure = error
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
        renewing = renewOnce(false)
        renewing.catch(() => {}) // whoever waits for it below hears of it
      }
      if (leftMs() <= LEFT_MS_MIN) await renewing
      return session
    },
    replace: async (refused, reason) => {
      if (verdict !== undefined) throw verdict
      if (session !== refused) return true
      const isYoung = now() - openedAt < YOUNG_MS
      if (isYoung && (reason === 'DENIED' || isReplacement)) return false
      if (renewing === undefined && now() < retryAt) throw failure
      renewing ??= renewOnce(true)
      await renewing
      return true
    },
  }
}

/** A session of one short use, which nothing replaces. */
export function keepAlone(session: Session): SessionKeeper {
  return { current: async () => session, replace: async () => false }
}
