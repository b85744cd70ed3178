import { type Clock, type Database, type OrganizationScope, openScope } from '#database'
import { CallerError } from '#errors'
import type { Credentials, SessionCredentials } from '#http'
import type { Secret } from '#secret'
import { hashKey } from './key.ts'
import {
  ensureOperatorOrganization,
  findOrganization,
  findOrganizationOfKey,
  type Organization,
} from './organizations.ts'

/** Turns a key, and the organization it asks to act in, into a scope. */
export type Authenticate = (
  credentials: Credentials,
) => Promise<{ scope: OrganizationScope; isOperator: boolean }>

/** Whoever knows of sessions says which key one acts as. */
export interface SessionKeys {
  /** The hash of the key. Throws CallerError for a session that has ended, or a request that is not its own. */
  keyHashOf(session: SessionCredentials): Promise<string>
}

/**
 * The bootstrap key belongs to the operator's own organization and is never stored: changing it in the
 * environment changes it. The operator's keys act in every organization.
 */
export async function createAuthenticator(options: {
  database: Database
  clock: Clock
  bootstrapApiKey: Secret | undefined
  /** Absent: an API key is the only way in. */
  sessions?: SessionKeys
}): Promise<Authenticate> {
  const { database, clock, bootstrapApiKey, sessions } = options
  const operator = await ensureOperatorOrganization(database, clock)
  const bootstrapHash = bootstrapApiKey && hashKey(bootstrapApiKey.open())
  return async ({ apiKey, session, organizationId }) => {
    const hash = apiKey === undefined ? await hashOf(session, sessions) : hashKey(apiKey)
    const home = hash === bootstrapHash ? operator : await findOrganizationOfKey(database.db, hash)
    if (home === undefined)
      throw new CallerError(
        'UNAUTHENTICATED',
        'The API key is not valid: it is unknown or was revoked.',
      )
    const acting = await actingOrganization(database, home, organizationId)
    return { scope: openScope(database, acting.id, clock), isOperator: home.isOperator }
  }
}

async function hashOf(
  session: SessionCredentials | undefined,
  sessions: SessionKeys | undefined,
): Promise<string> {
  if (session !== undefined && sessions !== undefined) return sessions.keyHashOf(session)
  throw new CallerError('UNAUTHENTICATED', 'Send your API key in the header X-Api-Key.')
}

async function actingOrganization(
  database: Database,
  home: Organization,
  asked: string | undefined,
): Promise<Organization> {
  if (asked === undefined || asked.toLowerCase() === home.id) return home
  const found = await findOrganization(database.db, asked)
  const isAllowed = home.isOperator || found?.parentId === home.id
  if (found === undefined || !isAllowed)
    throw new CallerError(
      'FORBIDDEN',
      `This API key may not act in the organization '${asked}', or there is no such organization. ` +
        'A key acts in its own organization and that one’s sub-organizations.',
    )
  return found
}
