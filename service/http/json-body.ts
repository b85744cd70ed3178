import { invalidRequest, type Mistake } from '#errors'
import type { App } from './app.ts'

/**
 * Every SDK sends a JSON content type with every request, also where there is no body, so an empty
 * body is no body. Broken JSON and members that reach for a prototype stay errors, and so does what the
 * database holds in no text: the character NUL.
 */
export function acceptJson(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text.length === 0) done(null, undefined)
    else
      parse(request, String(text), (error, body) => {
        const mistakes = error === null && text.includes('\\u0000') ? nulMistakesOf(body) : []
        done(mistakes.length === 0 ? error : invalidRequest(mistakes), body)
      })
  })
}

const MISTAKES_MAX = 20
const FIELD_LENGTH_MAX = 200

/** Of each text with a NUL, and of each member whose name has one. A body may be nested more deeply than calls may. */
function nulMistakesOf(body: unknown): Mistake[] {
  const fields: string[] = []
  const values: { value: unknown; field: string }[] = [{ value: body, field: '' }]
  for (const { value, field } of values) {
    if (fields.length === MISTAKES_MAX) break
    if (typeof value === 'string' && value.includes('\0')) fields.push(field || 'body')
    if (typeof value !== 'object' || value === null) continue
    for (const [name, member] of Object.entries(value))
      if (name.includes('\0')) fields.push(field || 'body')
      else values.push({ value: member, field: field === '' ? name : `${field}.${name}` })
  }
  return fields.map((field) => ({
    field: field.slice(0, FIELD_LENGTH_MAX),
    text: 'must not contain the character U+0000',
  }))
}
