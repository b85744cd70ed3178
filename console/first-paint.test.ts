import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

const built = join(import.meta.dirname, 'dist')
const FIRST_PAINT_BYTES_MAX = 250_000

interface Chunk {
  file: string
  isEntry?: boolean
  imports?: string[]
  dynamicImports?: string[]
}

const manifest: Record<string, Chunk> = JSON.parse(
  readFileSync(join(built, '.vite', 'manifest.json'), 'utf8'),
)
const entries = Object.keys(manifest).filter((name) => manifest[name]?.isEntry)

/** The chunk and all that it cannot do without. */
function filesOf(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen
  seen.add(name)
  for (const needed of manifest[name]?.imports ?? []) filesOf(needed, seen)
  return seen
}

const bytesOf = (names: Iterable<string>) =>
  [...names]
    .map((name) => readFileSync(join(built, manifest[name]?.file ?? '')))
    .reduce((sum, script) => sum + gzipSync(script).byteLength, 0)

test('no page needs more than 250 kB of compressed script for its first paint', (t) => {
  assert.equal(entries.length, 1)
  const [entry = ''] = entries
  const pages = manifest[entry]?.dynamicImports ?? []
  assert(pages.length > 5)
  for (const page of pages) {
    const bytes = bytesOf(filesOf(page, filesOf(entry)))
    t.diagnostic(`${page}: ${bytes} bytes`)
    assert(bytes < FIRST_PAINT_BYTES_MAX, `${page} needs ${bytes} bytes`)
  }
})
