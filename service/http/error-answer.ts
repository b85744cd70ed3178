import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '#database'
import { CallerError, invalidRequest } from '#errors'
import type { Telemetry } from '#telemetry'
import type { App } from './app.ts'
import { type Refusal, refusalOfCaller, refusalOfFault, wrapRefusal } from './envelope.ts'
import { mistakesOf } from './validation.ts'

/** Gives the app its answers for everything that goes wrong; returns the one that writes them. */
export function answerErrors(app: App, options: { clock: Clock; telemetry: Telemetry }) {
  const send = (request: FastifyRequest, reply: FastifyReply, refusal: Refusal) => {
    if (refusal.retryAfterSeconds !== undefined)
      reply.header('retry-after', refusal.retryAfterSeconds)
    return reply
      .code(refusal.statusCode)
      .type('application/json; charset=utf-8')
      .serializer(JSON.stringify)
      .send(wrapRefusal(request.id, refusal, options.clock.now()))
  }
  const answer = async (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const callerError = callerErrorOf(error, request)
    if (callerError === undefined) {
      options.telemetry.requestFailed({ requestId: request.id, error })
      return send(request, reply, refusalOfFault(error))
    }
    if (callerError.code === 'TOO_LARGE') await drain(request, reply)
    return send(request, reply, refusalOfCaller(callerError))
  }
  app.setErrorHandler(answer)
  app.setNotFoundHandler((request, reply) => send(request, reply, unknownRoute(request)))
  return answer
}

const REQUEST_URL_NOT_VALID = 1005

function unknownRoute(request: FastifyRequest): Refusal {
  const path = request.url.split('?')[0]
  return {
    statusCode: 404,
    code: REQUEST_URL_NOT_VALID,
    errorCode: 'NOT_FOUND',
    message: `There is no ${request.method} ${path}. GET /v1/openapi.json lists what there is.`,
    mistakes: [],
    retryAfterSeconds: undefined,
  }
}

/** What the caller did wrong, in our terms; undefined when it was not the caller. */
function callerErrorOf(error: unknown, request: FastifyRequest): CallerError | undefined {
  if (error instanceof CallerError) return error
  if (!isFastifyError(error)) return undefined
  if (error.validation !== undefined) return validationError(error)
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return tooLarge(request.routeOptions.bodyLimit)
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return bodyMistake('needs the header Content-Type: application/json')
  if (error instanceof SyntaxError || error.code === 'FST_ERR_CTP_INVALID_JSON_BODY')
    return bodyMistake(`is not JSON: ${error.message}`)
  const isTheirs = error.statusCode !== undefined && error.statusCode < 500
  return isTheirs ? new CallerError('INVALID_REQUEST', error.message) : undefined
}

function tooLarge(bytesMax: number): CallerError {
  const text = `is too large: this path accepts ${bytesMax} bytes.`
  return new CallerError('TOO_LARGE', `The body ${text}`, { mistakes: [{ field: 'body', text }] })
}

function bodyMistake(text: string): CallerError {
  return new CallerError('INVALID_REQUEST', `The body ${text}`, {
    mistakes: [{ field: 'body', text }],
  })
}

function validationError(error: FastifyError): CallerError {
  return invalidRequest(mistakesOf(error.validation ?? [], error.validationContext))
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && ('validation' in error || 'statusCode' in error)
}

const DRAIN_BYTES_MAX = 64 * 1024 * 1024
const DRAIN_MS_MAX = 10_000

/**
 * Reads a refused body to its end, within bounds: a client that is still sending when the connection
 * closes reports a broken pipe instead of our answer. Past the bounds the connection does close.
 */
async function drain(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header('connection', 'close')
  let bytes = 0
  const ended = new Promise<void>((resolve) => {
    request.raw.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > DRAIN_BYTES_MAX) resolve()
    })
    request.raw.once('end', resolve).once('close', resolve)
    request.raw.resume()
  })
  const timer = new AbortController()
  const tooLong = delay(DRAIN_MS_MAX, undefined, { signal: timer.signal }).catch(() => {})
  await Promise.race([ended, tooLong])
  timer.abort()
}
