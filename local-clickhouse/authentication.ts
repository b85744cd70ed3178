import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { codes, ServerError } from './server-error.ts'

export interface Identity {
  username: string
  password: string
}

/** Name and password come as headers, in the URL or as basic authentication. Throws when they are wrong. */
export function authenticate(
  identity: Identity,
  request: IncomingMessage,
  parameters: URLSearchParams,
): void {
  const basic = basicOf(request.headers.authorization)
  const given = (header: string, parameter: string) =>
    request.headers[header]?.toString() ?? parameters.get(parameter) ?? undefined
  const username = given('x-clickhouse-user', 'user') ?? basic.username
  const password = given('x-clickhouse-key', 'password') ?? basic.password
  if (username === identity.username && isSameSecret(password, identity.password)) return
  throw new ServerError(
    codes.AUTHENTICATION_FAILED,
    `${username}: Authentication failed: password is incorrect, or there is no user with such name.`,
  )
}

function basicOf(authorization = ''): Identity {
  const encoded = /^Basic\s+(\S+)$/i.exec(authorization)?.[1] ?? ''
  const [username = '', ...rest] = Buffer.from(encoded, 'base64').toString().split(':')
  return { username, password: rest.join(':') }
}

function isSameSecret(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(left), digest(right))
}
