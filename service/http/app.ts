import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { OrganizationScope } from '#database'

/** What a feature's routes are added to; request and answer types come from the TypeBox schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** Adds a feature's routes. `app` is a plugin context of its own: parsers and hooks stay inside. */
export type Routes = (app: App) => void | Promise<void>

/** Who asks, after authentication: the organization they act in, and whether they are the operator. */
export interface Caller {
  scope: OrganizationScope
  isOperator: boolean
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Throws on a public route: nobody was asked who they are. */
    readonly caller: Caller
  }
  interface FastifyContextConfig {
    /** No API key is asked for. */
    public?: boolean
    /** The answer goes out as the handler gave it, without the envelope. */
    bare?: boolean
    /** A request without a body is one with an empty object. */
    bodyOptional?: boolean
  }
}
