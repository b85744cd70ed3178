import type { FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'
import type { Static } from 'typebox'
import type { Clock, Database } from '#database'
import { CallerError, invalidRequest } from '#errors'
import {
  type App,
  type Caller,
  dropSession,
  isSameOrigin,
  type Routes,
  readSession,
  writeSession,
} from '#http'
import {
  type Authenticate,
  findApiKeyByHash,
  getOrganization,
  hashKey,
  openView,
} from '#organizations'
import { createRateLimit, networkOf } from '#rate-limit'
import { EndedSessionAnswer, SessionAnswer, SessionBody, writeSessionAnswer } from './schema.ts'
import { LIFE_MS_MAX } from './session-state.ts'
import type { Session, Sessions } from './sessions.ts'
import type { SignInLinks } from './sign-in-links.ts'

interface SessionParts {
  database: Database
  clock: Clock
  sessions: Sessions
  authenticate: Authenticate
  /** Absent: there are none, as in production. */
  signInLinks?: SignInLinks | undefined
}

/** Ten at once from one address, then one a second; one that failed counts as five. */
const ATTEMPTS_PER_SECOND = 1
const FAILURE_COST = 4
const tags = ['Console']

/** /console/session: a browser's way in and out. */
export function sessionRoutes(parts: SessionParts): Routes {
  return (app) => {
    addSignIn(app, parts)
    app.get(
      '/console/session',
      {
        schema: {
          operationId: 'getSession',
          summary: 'Who is signed in, until when, and the token for requests that change something',
          tags,
          response: { 200: SessionAnswer },
        },
      },
      async (request) => {
        const session = await parts.sessions.get(tokenOf(request))
        return describe(parts, session, request.caller)
      },
    )
    app.delete(
      '/console/session',
      {
        schema: {
          operationId: 'deleteSession',
          summary: 'Sign out',
          tags,
          response: { 200: EndedSessionAnswer },
        },
      },
      async (request, reply) => {
        const token = tokenOf(request)
        const { id } = await parts.sessions.get(token)
        await parts.sessions.end(token)
        dropSession(request, reply)
        return { id }
      },
    )
  }
}

function addSignIn(app: App, parts: SessionParts): void {
  const { sessions, clock } = parts
  const attempts = createRateLimit(ATTEMPTS_PER_SECOND, () => clock.now().getTime())
  app.post(
    '/console/session',
    {
      config: { public: true },
      schema: {
        operationId: 'createSession',
        summary: 'Sign a browser in with an API key; the session is a cookie that no script reads',
        tags,
        body: SessionBody,
        response: { 201: SessionAnswer },
      },
    },
    async (request, reply) => {
      refuseForeign(request)
      const address = networkOf(request.ip)
      const over = attempts.take(address)
      if (over) throw tooMany(over.waitSeconds)
      const keyHash = await findKeyHash(parts, request).catch((error: unknown) => {
        attempts.charge(address, FAILURE_COST)
        throw error
      })
      const former = readSession(request)
      if (former) await sessions.end(former.token)
      const { token, session } = await sessions.start(keyHash)
      writeSession({ request, reply }, { token, maxAgeSeconds: LIFE_MS_MAX / 1000 })
      return describe(parts, session, await callerOf(parts, token))
    },
  )
}

/** A foreign page could otherwise sign a browser in as somebody else, and read what its user then enters. */
function refuseForeign(request: FastifyRequest): void {
  if (isSameOrigin(request)) return
  throw new CallerError('FORBIDDEN', 'Only the console’s own pages sign a browser in.')
}

function tooMany(waitSeconds: number): CallerError {
  const text = `Too many attempts to sign in. Please try again in ${waitSeconds} s.`
  return new CallerError('TOO_MANY_REQUESTS', text, { retryAfterSeconds: waitSeconds })
}

/** The hash of a key that is valid now. Throws UNAUTHENTICATED. */
async function findKeyHash(
  { authenticate, signInLinks }: SessionParts,
  request: FastifyRequest<{ Body: Static<typeof SessionBody> }>,
): Promise<string> {
  const { apiKey, signInToken } = request.body
  if (apiKey !== undefined) {
    await authenticate({ apiKey, organizationId: undefined })
    return hashKey(apiKey)
  }
  if (signInToken === undefined)
    throw invalidRequest([
      { field: 'apiKey', text: 'is missing: an API key of your organization.' },
    ])
  const keyHash = isLoopback(request.ip) ? signInLinks?.redeem(signInToken) : undefined
  if (keyHash !== undefined) return keyHash
  throw new CallerError(
    'UNAUTHENTICATED',
    'The link has been used, or is too old. Start npm run dev again for a new one, or sign in with ' +
      'an API key that it prints.',
  )
}

/** What a proxy says of an address may be anything. */
function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback'
}

function tokenOf(request: FastifyRequest): string {
  const token = readSession(request)?.token
  if (token !== undefined) return token
  throw new CallerError('UNAUTHENTICATED', 'Nobody is signed in here: an API key needs no session.')
}

/** The caller as every later request of the session will be: by the same way, with the same refusals. */
function callerOf({ authenticate }: SessionParts, token: string): Promise<Caller> {
  const session = { token, csrfToken: undefined, changes: false, isSameOrigin: true }
  return authenticate({ apiKey: undefined, session, organizationId: undefined })
}

async function describe({ database }: SessionParts, session: Session, caller: Caller) {
  const key = await findApiKeyByHash(database, session.keyHash)
  const view = await openView(database, caller)
  const organization = await getOrganization(view, caller.scope.organizationId)
  const { isOperator } = caller
  return writeSessionAnswer({ session, apiKeyName: key?.name, organization, isOperator })
}
