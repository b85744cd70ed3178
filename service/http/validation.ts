import { Ajv, type ErrorObject } from 'ajv'
import addFormats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import type { Mistake } from '#errors'
import { isInstant } from './instant.ts'

/** A body is taken by its types; a query is text, so numbers and booleans are read out of it. */
const bodies = newAjv({ coerceTypes: false })
const queries = newAjv({ coerceTypes: true })

function newAjv(options: { coerceTypes: boolean }): Ajv {
  const ajv = new Ajv({ allErrors: true, useDefaults: true, verbose: true, ...options })
  addFormats.default(ajv)
  ajv.addFormat('date-time', isInstant)
  // A schema's own sentence for a value that does not fit its pattern: `mistake: 'must be a role ARN'`.
  ajv.addVocabulary(['mistake', 'example'])
  return ajv
}

export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? bodies : queries).compile(schema)

/** Every mistake with its member, in words. Several about one member are all kept. */
export function mistakesOf(errors: ErrorObject[]): Mistake[] {
  const mistakes = errors.filter(isTelling).map((error) => ({
    field: fieldOf(error),
    text: textOf(error),
  }))
  const seen = new Set<string>()
  return mistakes.filter(({ field, text }) => {
    const key = `${field} ${text}`
    return !seen.has(key) && seen.add(key)
  })
}

/** A union repeats what its branches said already. */
function isTelling(error: ErrorObject): boolean {
  return error.keyword !== 'if'
}

function fieldOf(error: ErrorObject): string {
  const steps = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  if (error.keyword === 'required') steps.push(error.params.missingProperty)
  return steps.join('.')
}

function textOf(error: ErrorObject): string {
  const { params } = error
  switch (error.keyword) {
    case 'required':
      return 'is missing'
    case 'type':
      return error.instancePath === '' ? 'must be a JSON object' : `must be of type ${params.type}`
    case 'enum':
      return `must be one of ${params.allowedValues.join(', ')}`
    case 'const':
      return `must be ${JSON.stringify(params.allowedValue)}`
    case 'format':
      return formatTexts[params.format] ?? `must have the form ${params.format}`
    case 'pattern':
      return error.parentSchema?.mistake ?? `must match ${params.pattern}`
    default:
      return error.message ?? 'is not valid'
  }
}

const formatTexts: Record<string, string> = {
  'date-time': 'must be an instant with Z or an offset, such as 2026-01-31T13:00:00Z',
  uuid: 'must be a UUID',
}

interface WalkedSchema {
  properties?: Record<string, WalkedSchema>
  items?: WalkedSchema
}

/** A body in which a known member that is null is absent; free-form objects keep their nulls. */
export function dropNulls(value: unknown, schema: WalkedSchema): unknown {
  const { items, properties } = schema
  if (Array.isArray(value)) return items ? value.map((item) => dropNulls(item, items)) : value
  if (properties === undefined || typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
    .filter(([name, member]) => member !== null || !(name in properties))
    .map(([name, member]) => {
      const inner = properties[name]
      return [name, inner === undefined ? member : dropNulls(member, inner)]
    })
  return Object.fromEntries(entries)
}
