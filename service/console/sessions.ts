import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Clock, Database } from '#database'
import { CallerError } from '#errors'
import type { SessionCredentials } from '#http'
import { hashKey, newKey, type SessionKeys } from '#organizations'
import type { ConsoleSessionRow } from './rows.ts'
import { endOf, IDLE_MS_MAX, LIFE_MS_MAX } from './session-state.ts'

export interface Session {
  id: string
  keyHash: string
  csrfToken: string
  createdAt: Date
  endsAt: Date
}

/**
 * A session is a random token that a browser shows and we keep the hash of. It stands for the API key that
 * it was opened with and for nothing else, so a key that is revoked ends it.
 */
export interface Sessions extends SessionKeys {
  start(keyHash: string): Promise<{ token: string; session: Session }>
  /** Throws UNAUTHENTICATED for one that has ended. */
  get(token: string): Promise<Session>
  /** Also of one that is over. */
  end(token: string): Promise<void>
}

/** Of one API key; the oldest goes. */
const SESSIONS_MAX = 100
/** How exactly a session knows when it was used: each write is one. */
const USED_AT_MS = 60_000

export function openSessions({ database, clock }: { database: Database; clock: Clock }): Sessions {
  const { db } = database

  async function get(token: string): Promise<Session> {
    const row = await db
      .selectFrom('console_sessions')
      .selectAll()
      .where('token_sha256', '=', hashKey(token))
      .executeTakeFirst()
    const now = clock.now()
    const session = row && sessionOf(row, token)
    if (row === undefined || session === undefined || session.endsAt <= now)
      throw new CallerError('UNAUTHENTICATED', 'The session has ended. Please sign in again.')
    if (now.getTime() - row.used_at.getTime() < USED_AT_MS) return session
    await db
      .updateTable('console_sessions')
      .set({ used_at: now })
      .where('id', '=', row.id)
      .execute()
    return sessionOf({ ...row, used_at: now }, token)
  }

  return {
    get,
    start: async (keyHash) => {
      const token = newKey()
      const now = clock.now()
      await removeOver(database, { keyHash, now })
      const hashes = { token_sha256: hashKey(token), key_sha256: keyHash }
      const row = { id: randomUUID(), ...hashes, created_at: now, used_at: now }
      await db.insertInto('console_sessions').values(row).execute()
      return { token, session: sessionOf(row, token) }
    },
    keyHashOf: async (credentials) => {
      const session = await get(credentials.token)
      if (credentials.changes) refuseForgery(credentials, session)
      return session.keyHash
    },
    end: async (token) => {
      await db.deleteFrom('console_sessions').where('token_sha256', '=', hashKey(token)).execute()
    },
  }
}

/** A browser sends the cookie with whatever asks it to: only our own pages know the other token. */
function refuseForgery(credentials: SessionCredentials, session: Session): void {
  if (!credentials.isSameOrigin)
    throw new CallerError(
      'FORBIDDEN',
      'A session changes things from the console’s own pages only.',
    )
  if (!isSame(credentials.csrfToken ?? '', session.csrfToken))
    throw new CallerError(
      'FORBIDDEN',
      'The request lacks the session’s CSRF token. Send the csrfToken that ' +
        'GET /v1/console/session answers in the header X-Csrf-Token.',
    )
}

function isSame(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(hashKey(given)), Buffer.from(hashKey(right))]
  return timingSafeEqual(a, b)
}

/** All that have ended, and of this key what leaves no room for one more. */
async function removeOver(
  { db }: Database,
  { keyHash, now }: { keyHash: string; now: Date },
): Promise<void> {
  const oldest = new Date(now.getTime() - LIFE_MS_MAX)
  const idle = new Date(now.getTime() - IDLE_MS_MAX)
  const kept = db
    .selectFrom('console_sessions')
    .select('id')
    .where('key_sha256', '=', keyHash)
    .orderBy('created_at', 'desc')
    .limit(SESSIONS_MAX - 1)
  await db
    .deleteFrom('console_sessions')
    .where((eb) =>
      eb.or([
        eb('created_at', '<=', oldest),
        eb('used_at', '<=', idle),
        eb.and([eb('key_sha256', '=', keyHash), eb('id', 'not in', kept)]),
      ]),
    )
    .execute()
}

function sessionOf(row: ConsoleSessionRow, token: string): Session {
  const createdAt = row.created_at
  return {
    id: row.id,
    keyHash: row.key_sha256,
    csrfToken: createHmac('sha256', token).update('csrf').digest('base64url'),
    createdAt,
    endsAt: endOf({ createdAt, usedAt: row.used_at }),
  }
}
