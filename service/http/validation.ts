import { Ajv } from 'ajv'
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
  ajv.addFormat('time-zone', isTimeZone)
  // A schema's own sentence for a value that does not fit its pattern: `mistake: 'must be a role ARN'`.
  ajv.addVocabulary(['mistake', 'example'])
  return ajv
}

export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) =>
  (httpPart === 'body' ? bodies : queries).compile(schema)

/** What a validator says about one mistake; Fastify and ajv each have a type for it. */
interface ValidationError {
  keyword: string
  instancePath: string
  params: Record<string, unknown>
  message?: string
  parentSchema?: { mistake?: string }
}

/** Every mistake with its member, in words; what is wrong with the whole has the field `place`. */
export function mistakesOf(errors: ValidationError[], place = 'body'): Mistake[] {
  const mistakes = errors.filter(isTelling).map((error) => ({
    field: fieldOf(error) || place,
    text: textOf(error),
  }))
  const seen = new Set<string>()
  return mistakes.filter(({ field, text }) => {
    const key = `${field} ${text}`
    return !seen.has(key) && seen.add(key)
  })
}

/** A union repeats what its branches said already. */
function isTelling(error: ValidationError): boolean {
  return error.keyword !== 'if'
}

function fieldOf(error: ValidationError): string {
  const steps = error.instancePath
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  if (error.keyword === 'required') steps.push(String(error.params.missingProperty))
  return steps.join('.')
}

function textOf(error: ValidationError): string {
  const { params } = error
  switch (error.keyword) {
    case 'required':
      return 'is missing'
    case 'type':
      return error.instancePath === '' ? 'must be a JSON object' : `must be of type ${params.type}`
    case 'additionalProperties':
      return `has no member ${params.additionalProperty}`
    case 'enum':
      return `must be one of ${[params.allowedValues].flat().join(', ')}`
    case 'const':
      return `must be ${JSON.stringify(params.allowedValue)}`
    case 'format':
      return formatTexts[String(params.format)] ?? `must have the form ${params.format}`
    case 'pattern':
      return error.parentSchema?.mistake ?? `must match ${params.pattern}`
    default:
      return error.message ?? 'is not valid'
  }
}

const formatTexts: Record<string, string> = {
  'date-time': 'must be an instant with Z or an offset, such as 2026-01-31T13:00:00Z',
  'time-zone': 'must be an IANA time zone such as Europe/Vienna',
  uuid: 'must be a UUID',
}

/** An IANA name that this runtime knows; offsets such as +01:00 are no zones, as they know no summer. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
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
