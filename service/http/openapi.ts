import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import type { App } from './app.ts'
import { ErrorEnvelope } from './envelope.ts'

export const documentOptions: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version: '1',
      description:
        'Video analytics whose raw data arrives in each customer’s own S3 bucket, through a role ' +
        'and an external id.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    components: {
      securitySchemes: {
        ApiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
        TenantOrganization: { type: 'apiKey', in: 'header', name: 'X-Tenant-Org-Id' },
      },
    },
    security: [{ ApiKey: [] }, { ApiKey: [], TenantOrganization: [] }],
  },
}

interface Json {
  [member: string]: unknown
}

/** The API as OpenAPI 3.1, from the schemas of the routes. A schema with a title becomes a component. */
export function openapiOf(app: App): Json {
  const document: Json = structuredClone({ ...app.swagger() })
  const schemas: Json = {}
  const paths = Object(hoist(withErrorAnswers(document.paths), schemas))
  const components = { ...Object(document.components), schemas: sortByName(schemas) }
  return { ...document, components, paths: sortByName(paths) }
}

/** Every operation may also answer with the error envelope. */
function withErrorAnswers(paths: unknown): Json {
  const answer = {
    description: 'Anything but success',
    content: { 'application/json': { schema: structuredClone(ErrorEnvelope) } },
  }
  return mapMembers(paths, (path) =>
    mapMembers(path, (operation) => {
      const { responses, parameters, ...rest } = Object(operation)
      return {
        ...rest,
        ...(parameters && { parameters: parameters.map(withoutNeedlessDuty) }),
        responses: { ...responses, default: answer },
      }
    }),
  )
}

/** What has a default need not be sent, though it is always there once it was read. */
function withoutNeedlessDuty(parameter: { schema?: Json; required?: boolean }): unknown {
  return parameter.schema?.default === undefined ? parameter : { ...parameter, required: false }
}

/** Replaces each titled schema by a reference to the component of that title. */
function hoist(value: unknown, schemas: Json): unknown {
  if (Array.isArray(value)) return value.map((item) => hoist(item, schemas))
  if (typeof value !== 'object' || value === null) return value
  const { title, mistake: _mistake, ...members } = Object(value)
  const inner = mapMembers(members, (member) => hoist(member, schemas))
  const isSchema = typeof title === 'string' && ('type' in members || 'anyOf' in members)
  if (!isSchema) return title === undefined ? inner : { title: hoist(title, schemas), ...inner }
  const known = schemas[title]
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(inner))
    throw new Error(`Two different schemas have the title ${title}.`)
  schemas[title] = inner
  return { $ref: `#/components/schemas/${title}` }
}

function mapMembers(value: unknown, map: (member: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(Object(value)).map(([name, item]) => [name, map(item)]))
}

function sortByName(value: Json): Json {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
