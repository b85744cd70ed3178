/** Of a JSON Schema as the API's OpenAPI document has it. */
interface Schema {
  $ref?: string
  type?: string
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  items?: Schema
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

interface Operation {
  operationId: string
  requestBody?: { content: Record<string, { schema: Schema }> }
}

/** What a caller writes in words of their own: the field of a body, `output.outputPath` or `columns.0`. */
export interface TextField {
  operation: string
  method: string
  /** With its `{id}`. */
  path: string
  field: string
}

export function textFieldsOf({ paths, components }: OpenApi): TextField[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { operationId: operation, requestBody }]) => {
      const schema = requestBody?.content['application/json']?.schema
      const fields = schema === undefined ? [] : textsOf(schema, components.schemas)
      const of = { operation, method: method.toUpperCase(), path }
      return [...new Set(fields.map((names) => names.join('.')))].map((field) => ({ ...of, field }))
    }),
  )
}

function textsOf(schema: Schema, named: Record<string, Schema>, at: string[] = []): string[][] {
  const { $ref, type, properties = {}, additionalProperties, items, anyOf = [] } = schema
  if ($ref !== undefined) {
    const found = named[$ref.split('/').at(-1) ?? '']
    return found === undefined ? [] : textsOf(found, named, at)
  }
  if (schema.enum !== undefined || schema.const !== undefined) return []
  const below = Object.entries(properties)
  if (typeof additionalProperties === 'object') below.push(['customData1', additionalProperties])
  if (items !== undefined) below.push(['0', items])
  return [
    ...(type === 'string' ? [at] : []),
    ...anyOf.flatMap((each) => textsOf(each, named, at)),
    ...below.flatMap(([name, each]) => textsOf(each, named, [...at, name])),
  ]
}

export function readField(body: unknown, field: string): unknown {
  return field.split('.').reduce((value, name) => Object(value)[name], body)
}

/** The body with another value there; a list has that one alone. */
export function withField(body: object, field: string, value: string): object {
  const [name = '', ...below] = field.split('.')
  const inner = Object(Reflect.get(body, name))
  const changed = below.length === 0 ? value : withField(inner, below.join('.'), value)
  return name === '0' ? [changed] : { ...body, [name]: changed }
}
