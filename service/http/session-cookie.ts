import { parseCookie, type SetCookie, stringifySetCookie } from 'cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** What a browser shows instead of an API key, and what can be said of the request that brought it. */
export interface SessionCredentials {
  token: string
  /** What X-Csrf-Token says: a page of another origin cannot read it, nor send that header. */
  csrfToken: string | undefined
  /** It is none of GET and HEAD. */
  changes: boolean
  isSameOrigin: boolean
}

export function readSession(request: FastifyRequest): SessionCredentials | undefined {
  const { cookie } = request.headers
  if (cookie === undefined) return undefined
  const token = parseCookie(cookie)[nameFor(request)]
  if (!token) return undefined
  const csrfToken = request.headers['x-csrf-token']
  return {
    token,
    csrfToken: typeof csrfToken === 'string' ? csrfToken : undefined,
    changes: !['GET', 'HEAD'].includes(request.method),
    isSameOrigin: isSameOrigin(request),
  }
}

/**
 * Whether a page of this very service sent the request, as far as the browser says so: Sec-Fetch-Site where
 * it is sent (over TLS and on loopback), and else Origin, which goes with all that changes something.
 */
export function isSameOrigin(request: FastifyRequest): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers
  if (origin !== undefined && hostOf(origin) !== request.host) return false
  return site === undefined ? origin !== undefined : site === 'same-origin'
}

/** The scheme is left out: behind a proxy that is not trusted, it is not known. */
function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

export function writeSession(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  session: { token: string; maxAgeSeconds: number },
): void {
  setCookie(request, reply, { value: session.token, maxAge: session.maxAgeSeconds })
}

export function dropSession(request: FastifyRequest, reply: FastifyReply): void {
  setCookie(request, reply, { value: '', maxAge: 0 })
}

function setCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  cookie: Pick<SetCookie, 'value' | 'maxAge'>,
): void {
  const secure = isSecure(request)
  const name = nameFor(request)
  reply.header(
    'set-cookie',
    stringifySetCookie({ ...cookie, name, path: '/', httpOnly: true, sameSite: 'strict', secure }),
  )
}

/** The prefix has the browser refuse it from a subdomain, or without TLS. */
function nameFor(request: FastifyRequest): string {
  return isSecure(request) ? '__Host-sluice-session' : 'sluice-session'
}

/** By X-Forwarded-Proto where a trusted proxy says so. */
function isSecure(request: FastifyRequest): boolean {
  return request.protocol === 'https'
}
