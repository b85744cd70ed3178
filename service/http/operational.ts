import { Type } from 'typebox'
import { TransientError } from '#errors'
import type { Telemetry } from '#telemetry'
import type { App } from './app.ts'
import { openapiOf } from './openapi.ts'

/** What is not ready yet, a sentence each; empty when everything is. */
export type Readiness = () => Promise<string[]>

const Alive = Type.Object({ status: Type.Literal('UP') })

/** For those who run the service: is it alive, is it ready, how is it, what does it offer. */
export function addOperationalRoutes(
  app: App,
  options: { readiness: Readiness; telemetry: Telemetry },
): void {
  const hidden = { hide: true, response: { 200: Alive } }
  app.get('/healthz', { schema: hidden }, async () => ({ status: 'UP' as const }))
  app.get('/readyz', { schema: hidden }, async () => {
    const missing = await options.readiness()
    if (missing.length > 0) throw new TransientError('NOT_READY', missing.join(' '))
    return { status: 'UP' as const }
  })
  const bare = { config: { bare: true }, schema: { hide: true } }
  app.get('/metrics', bare, async (_request, reply) => {
    reply.type(options.telemetry.registry.contentType)
    return options.telemetry.registry.metrics()
  })
  app.get('/v1/openapi.json', bare, async (_request, reply) => {
    reply.type('application/json; charset=utf-8')
    return JSON.stringify(openapiOf(app))
  })
}
