import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeDocuments } from './documents.ts'

for (const [path, text] of Object.entries(await writeDocuments()))
  test(`docs/${path} says what the code does`, async () => {
    const written = await readFile(join(import.meta.dirname, '../docs', path), 'utf8')
    assert.equal(written, text, 'Run `npm run docs` and look at what it changed.')
  })

test('every operation of the API has an id, a summary and tags', async () => {
  const { 'openapi.json': text } = await writeDocuments()
  const paths: Record<string, Record<string, Record<string, unknown>>> = JSON.parse(
    text ?? '',
  ).paths
  for (const [path, operations] of Object.entries(paths))
    for (const [method, { operationId, summary, tags }] of Object.entries(operations))
      assert.ok(operationId && summary && tags, `${method} ${path}`)
})

/** What is logged, then the line, in either quotes. */
const LOGGED = /\blog(?:\.\w+|\[[^\]]*\])\(\s*(?:\{[^}]*\}|\w+),\s*(?:'([^']+)'|"([^"]+)"),?\s*\)/g

const docs = join(import.meta.dirname, '../docs')

test('docs/operations.md names metrics and log lines that there are, and every log line', async () => {
  const operations = await readFile(join(docs, 'operations.md'), 'utf8')
  const metrics = await readFile(join(docs, 'metrics.md'), 'utf8')
  const named = new Set(operations.match(/\bsluice_\w+/g))
  assert(named.size > 10)
  for (const name of named) assert(metrics.includes(`\`${name.replace(/_count$/, '')}\``), name)
  const lines: string[] = []
  const code = { cwd: import.meta.dirname, exclude: ['**/*.test.ts'] }
  for await (const path of glob('**/*.ts', code)) {
    const text = await readFile(join(import.meta.dirname, path), 'utf8')
    for (const [, single = '', line = single] of text.matchAll(LOGGED)) lines.push(line)
  }
  assert(lines.length > 20)
  for (const line of lines) assert(operations.includes(`\`${line}\``), line)
})

test('docs/webhooks.md tells of every event', async () => {
  const { 'openapi.json': text } = await writeDocuments()
  const { events } = JSON.parse(text ?? '').components.schemas.AnalyticsWebhook.properties
  const webhooks = await readFile(join(docs, 'webhooks.md'), 'utf8')
  assert(events.items.enum.length > 0)
  for (const event of events.items.enum) assert(webhooks.includes(`| \`${event}\` |`), event)
})
