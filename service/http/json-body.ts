import type { App } from './app.ts'

/**
 * Every SDK sends a JSON content type with every request, also where there is no body, so an empty
 * body is no body. Broken JSON and members that reach for a prototype stay errors.
 */
export function acceptJson(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text.length === 0) done(null, undefined)
    else parse(request, String(text), done)
  })
}
