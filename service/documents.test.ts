import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
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
