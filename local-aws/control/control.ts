import type { IncomingMessage, ServerResponse } from 'node:http'
import { PolicyError } from '@sluice/iam'
import { AwsError, asAwsError } from '../errors.ts'
import { splitUrl } from '../sigv4.ts'
import { type Answer, type Controlled, invalid, notFound, type Routes, routesOf } from './routes.ts'

/**
 * What a test asks of local-aws itself, in JSON, beside everything that AWS has: faults, and the calls
 * that came. The prefix is no bucket's name, and a signed request is never meant. Only this machine is
 * heard, and no page of a browser: those name another host, or cannot send JSON unasked.
 */
export interface Control {
  isMeant(request: IncomingMessage): boolean
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
}

const CONTROL_PREFIX = '/_local-aws/'

export function createControl(parts: Controlled): Control {
  const routes = routesOf(parts)
  return {
    isMeant({ url = '', headers }) {
      const isSigned = headers.authorization !== undefined
      return url.startsWith(CONTROL_PREFIX) && !isSigned && localHost.test(headers.host ?? '')
    },
    async handle(request, response) {
      try {
        checkOrigin(request)
        send(response, await answer(routes, request))
      } catch (error) {
        send(response, describe(error))
      }
    },
  }
}

async function answer(routes: Routes, request: IncomingMessage): Promise<Answer> {
  const [path] = splitUrl(request.url ?? '/')
  const [subject = '', id = '', part = ''] = path.slice(CONTROL_PREFIX.length).split('/')
  const name = `${request.method} ${subject}${part && `/ID/${part}`}`
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined
  if (route) return route({ id, body: () => readJson(request) })
  throw notFound(`There is no ${name} here, but: ${Object.keys(routes).join(', ')}.`)
}

const loopback = /^(::ffff:)?127\.|^::1$/
const localHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/

function checkOrigin({ socket, headers }: IncomingMessage): void {
  if (loopback.test(socket.remoteAddress ?? '') && headers.origin === undefined) return
  throw new AwsError('AccessDenied', 403, 'Only programs on this machine are heard here.')
}

const BODY_BYTES_MAX = 256 * 1024

async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!request.headers['content-type']?.startsWith('application/json')) {
    throw invalid('Send JSON, with the header content-type: application/json.')
  }
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    bytes += piece.length
    if (bytes > BODY_BYTES_MAX) throw invalid(`At most ${BODY_BYTES_MAX} bytes are read.`)
    pieces.push(piece)
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'))
  } catch {
    throw invalid('The body is no JSON.')
  }
}

function describe(thrown: unknown): Answer {
  // What parts of ours refuse, they refuse with an error that says why.
  const isRefusal = thrown instanceof TypeError || thrown instanceof PolicyError
  const { code, status, message } = isRefusal ? invalid(thrown.message) : asAwsError(thrown)
  return { status, body: { code, message } }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const text = body === undefined ? undefined : Buffer.from(`${JSON.stringify(body, null, 2)}\n`)
  if (text) response.setHeader('content-type', 'application/json')
  response.writeHead(status, text && { 'content-length': text.length })
  response.end(text)
}
