import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutRows, type Piece, type Place } from './cut-rows.ts'
import { fitWidths } from './fit-widths.ts'

/** In chunks of a few bytes, so that every border falls everywhere. */
async function* chunksOf(text: string, size: number) {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function cut(
  text: string,
  format: 'ndjson' | 'csv',
  options: { size: number; from?: Place },
) {
  const { size, from } = options
  const start = Buffer.from(text).subarray(from?.byte ?? 0)
  const rows = { format, pieceBytes: 12, ...(from && { from }) }
  return all(cutRows(chunksOf(start.toString(), size), rows))
}

async function all(pieces: AsyncIterable<Piece>): Promise<Piece[]> {
  const found: Piece[] = []
  for await (const piece of pieces) found.push(piece)
  return found
}

test('pieces are whole lines, and together the file', async () => {
  const text = Array.from({ length: 20 }, (_, index) => `{"n":"ä${index}"}\n`).join('')
  for (const size of [1, 2, 3, 7, 100]) {
    const pieces = await cut(text, 'ndjson', { size })
    assert.equal(Buffer.concat(pieces.map(({ bytes }) => bytes)).toString(), text)
    for (const { bytes } of pieces) assert(bytes.toString().endsWith('\n'))
    assert.equal(pieces.at(-1)?.end.line, 20)
  }
})

test('pieces of CSV have the header each, and no record is cut at a newline inside quotes', async () => {
  const records = Array.from({ length: 12 }, (_, index) => `${index},"a\n""b"", ${index}"\n`)
  const text = `n,"te\nxt"\n${records.join('')}last,row`
  for (const size of [1, 3, 8, 1000]) {
    const pieces = await cut(text, 'csv', { size })
    for (const { bytes } of pieces) assert(bytes.toString().startsWith('n,"te\nxt"\n'))
    const rows = pieces.map(({ bytes }) => bytes.toString().slice('n,"te\nxt"\n'.length)).join('')
    assert.equal(rows, `${records.join('')}last,row`)
  }
})

test('lines of a later piece are those of the file, and it can be begun there', async () => {
  const text = `n,t\n${Array.from({ length: 9 }, (_, index) => `${index},tttttttt\n`).join('')}`
  const pieces = await cut(text, 'csv', { size: 5 })
  const [first, second] = pieces
  assert(first && second)
  const record = second.bytes.toString().split('\n')[1]
  assert.equal(text.split('\n')[2 + second.lineOffset - 1], record)
  const again = await cut(text, 'csv', { size: 5, from: first.end })
  assert.deepEqual(again[0]?.bytes.toString(), second.bytes.toString())
  assert.equal(again[0]?.lineOffset, second.lineOffset)
})

test('a quote that is never closed is told with the line it comes after', async () => {
  async function* endless() {
    yield Buffer.from('a,b\n1,"2\n')
    for (;;) yield Buffer.alloc(1024 ** 2, 'x')
  }
  await assert.rejects(all(cutRows(endless(), { format: 'csv', pieceBytes: 4 })), /no end/)
})

test('columns wider than an id give way first, then the widest; short ones stay whole', () => {
  assert.deepEqual(fitWidths([10, 20, 30], 100), [10, 20, 30])
  assert.deepEqual(fitWidths([10, 20, 30], 45), [10, 18, 17])
  assert.deepEqual(fitWidths([36, 36, 12, 90], 100), [36, 36, 12, 16])
  assert.deepEqual(fitWidths([36, 36, 12, 90], 84), [24, 24, 12, 24])
  assert.deepEqual(fitWidths([50, 50], 4), [8, 8])
})
