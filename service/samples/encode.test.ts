import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEncoder } from './encode.ts'
import { samplesTable } from './tables.ts'

const key = { impression_id: 'i', sequence_number: 0 }
const own = ['license_key', 'time', 'stored_at', 'expires_at', 'precedence']

test('an insert names every column that any row of it has, and no other', () => {
  const { encode, columns } = createEncoder(samplesTable)
  assert.deepEqual(columns(), own)
  encode({ ...key, video_title: 'a', cdn_provider: null, language: undefined, license_key: 'b' })
  encode({ ...key, language: 'de' })
  const named = [...own, 'impression_id', 'sequence_number', 'video_title', 'language']
  assert.deepEqual(columns(), named)
})

const texts = ['plain', '', '"', '\\', 'a\nb', '\u0000', '\u007f', 'é', '視', '😀', ' ~!#[]']
for (const text of texts)
  test(`the text ${JSON.stringify(text)} is read as it was given`, () => {
    const line = createEncoder(samplesTable).encode({
      ...key,
      video_title: text,
      supported_video_codecs: [text, text],
    })
    const read = JSON.parse(`{"precedence":1${line}`)
    assert.deepEqual([read.video_title, read.supported_video_codecs], [text, [text, text]])
  })

test('half of a surrogate pair, which the store would refuse, is replaced', () => {
  const line = createEncoder(samplesTable).encode({ ...key, video_title: 'a\ud83d' })
  assert.equal(JSON.parse(`{"precedence":1${line}`).video_title, 'a\ufffd')
})
