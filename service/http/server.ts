import { randomUUID } from 'node:crypto'
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import type { Clock } from '#database'
import type { Telemetry } from '#telemetry'
import { type RequestSpan, traceRequest } from '#tracing'
import type { App, Caller, Routes } from './app.ts'
import { wrapResult } from './envelope.ts'
import { answerErrors } from './error-answer.ts'
import { acceptJson } from './json-body.ts'
import { documentOptions } from './openapi.ts'
import { addOperationalRoutes, type Readiness } from './operational.ts'
import { envelopeResponse, successStatusOf } from './route-schema.ts'
import { readSession, type SessionCredentials } from './session-cookie.ts'
import { compileValidator, dropNulls } from './validation.ts'

/** What a request shows: an API key, or a session, and the organization it asks to act in. */
export interface Credentials {
  apiKey: string | undefined
  /** Only where there is no API key. */
  session?: SessionCredentials | undefined
  organizationId: string | undefined
}

interface ServerOptions {
  clock: Clock
  telemetry: Telemetry
  /** Throws CallerError UNAUTHENTICATED or FORBIDDEN. */
  authenticate(credentials: Credentials): Promise<Caller>
  /** What is not ready yet, in words; empty when everything is. */
  readiness: Readiness
  /** Addresses and blocks whose X-Forwarded-… headers are believed. Absent: nobody's. */
  trustedProxies?: string[]
  /** Below /v1, with key and envelope. */
  routes: Routes[]
  /** At the root: players' collectors, which have a protocol of their own. */
  rootRoutes?: Routes[]
}

const BODY_BYTES_MAX = 1024 * 1024
/** As long as the largest import may take to arrive; every other body is bounded in bytes. */
const REQUEST_TIMEOUT_MS = 3_600_000
const KEEP_ALIVE_TIMEOUT_MS = 75_000
const URL_PARAMETER_LENGTH_MAX = 1024
/** How long a closing server waits for the answers that it owes; one that never asks to the end gets none. */
const CLOSE_MS_MAX = 20_000

/** Builds the server; `listen` starts it. Without listening it serves `app.inject` and `app.swagger`. */
export async function createServer(options: ServerOptions): Promise<App> {
  const app: App = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: URL_PARAMETER_LENGTH_MAX },
    trustProxy: options.trustedProxies ?? [],
    exposeHeadRoutes: false,
    genReqId: requestIdOf,
    logger: false,
    frameworkErrors: (error, request, reply) => answer(error, request, reply),
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.addHook('preClose', (done) => {
    setTimeout(() => app.server.closeAllConnections(), CLOSE_MS_MAX).unref()
    done()
  })
  const answer = answerErrors(app, options)
  const callers = new WeakMap<FastifyRequest, Caller>()
  app.decorateRequest('caller', {
    getter(this: FastifyRequest) {
      const caller = callers.get(this)
      if (caller === undefined) throw new Error('A public route has no caller.')
      return caller
    },
  })
  app.setValidatorCompiler(compileValidator)
  acceptJson(app)
  app.addHook('onRoute', envelopeResponse)
  // Hooks that wait for nothing call back: a promise for each of them is what players would wait for.
  app.addHook('onRequest', (request, reply, done) => {
    addHeaders(request, reply)
    done()
  })
  app.addHook('preValidation', (request, _reply, done) => {
    const { schema, config } = request.routeOptions
    const { body } = schema ?? {}
    if (config.bodyOptional) request.body ??= {}
    if (body !== undefined) request.body = dropNulls(request.body, Object(body))
    done()
  })
  app.addHook('preHandler', (request, reply, done) => {
    reply.code(successStatusOf(request.routeOptions.schema))
    done()
  })
  app.addHook('preSerialization', async (request, reply, payload) =>
    reply.statusCode >= 400 || request.routeOptions.config.bare
      ? payload
      : wrapResult(request.id, payload),
  )
  app.addHook('onResponse', (request, reply, done) => {
    options.telemetry.requestAnswered({
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      statusCode: reply.statusCode,
      durationMs: reply.elapsedTime,
      requestId: request.id,
    })
    done()
  })
  await app.register(swagger, documentOptions)
  addOperationalRoutes(app, options)
  for (const routes of options.rootRoutes ?? []) await app.register(async (inner) => routes(inner))
  await app.register(
    async (v1) => {
      traceRequests(v1)
      v1.addHook('onRequest', async (request) => {
        if (request.routeOptions.config.public) return
        callers.set(request, await options.authenticate(credentialsOf(request)))
      })
      for (const routes of options.routes) await v1.register(async (inner) => routes(inner))
    },
    { prefix: '/v1' },
  )
  await app.ready()
  return app
}

/** Of the API: players' requests are too many and too much alike. */
function traceRequests(app: Pick<App, 'addHook'>): void {
  const spans = new WeakMap<FastifyRequest, RequestSpan>()
  app.addHook('onRequest', (request, _reply, done) => {
    const span = traceRequest(request)
    if (span === undefined) return done()
    spans.set(request, span)
    span.run(done)
  })
  app.addHook('onResponse', async (request, { statusCode }) => {
    spans.get(request)?.end({ route: request.routeOptions.url ?? 'unknown', statusCode })
  })
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/** The caller's own id when it is a UUID, so that their trace and ours meet. */
function requestIdOf(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && UUID.test(given) ? given : randomUUID()
}

const headersOfAll = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
}

function addHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply.headers(headersOfAll).header('x-request-id', request.id)
}

function credentialsOf(request: FastifyRequest): Credentials {
  const apiKey = textOf(request.headers['x-api-key']) ?? queryMember(request.query, 'x-api-key')
  return {
    apiKey,
    session: apiKey === undefined ? readSession(request) : undefined,
    organizationId: textOf(request.headers['x-tenant-org-id']),
  }
}

function queryMember(query: unknown, name: string): string | undefined {
  const member = Object.entries(Object(query)).find(([key]) => key.toLowerCase() === name)
  return textOf(member?.[1])
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
