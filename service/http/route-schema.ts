import type { FastifySchema, RouteOptions } from 'fastify'
import type { TSchema } from 'typebox'
import { successEnvelope } from './envelope.ts'

/**
 * A route names the schema of its plain result under its one 2xx status. Here, before anything is
 * compiled or documented, the envelope is put around it.
 */
export function envelopeResponse(route: RouteOptions): void {
  const { schema } = route
  if (schema?.response === undefined || route.config?.bare) return
  const results = Object.entries(resultsOf(schema))
  const response = Object.fromEntries(
    results.map(([status, result]) => [status, successEnvelope(result)]),
  )
  route.schema = { ...schema, response }
}

/** The status of success: the one that the route names, 200 when it names none. */
export function successStatusOf(schema: FastifySchema | undefined): number {
  return Number(Object.keys(Object(schema?.response))[0] ?? 200)
}

/** Routes are written with TypeBox only, so a response is a schema per status. */
function resultsOf(schema: FastifySchema): Record<string, TSchema> {
  return schema.response as Record<string, TSchema>
}
