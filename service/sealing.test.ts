import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { keyOfDirectory, openSealing, SealUnknown } from '#sealing'
import { Secret } from '#secret'

const newKey = () => new Secret(randomBytes(32).toString('base64'))
const place = 'webhook 1'
const secret = new Secret('whsec_of-somebody')

test('what is sealed opens with no other key, in no other place, and not when it was changed', () => {
  const [key, other] = [newKey(), newKey()]
  const sealed = openSealing([key]).seal(secret, place)
  assert.throws(() => openSealing([other]).open(sealed, place), SealUnknown)
  assert.throws(() => openSealing([key]).open(sealed, 'webhook 2'), SealUnknown)
  const at = sealed.length - 10
  const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`
  assert.throws(() => openSealing([key]).open(changed, place), SealUnknown)
  assert.equal(openSealing([key]).open(sealed, place).open(), secret.open())
})

test('nothing of the secret is in what is sealed, and no two are alike', () => {
  const sealing = openSealing([newKey()])
  const [one, two] = [sealing.seal(secret, place), sealing.seal(secret, place)]
  assert.notEqual(one, two)
  for (const text of [one, Buffer.from(one.split(':').at(-1) ?? '', 'base64').toString('latin1')])
    assert(!text.includes('somebody'))
})

test('keys change one behind the other: the first seals, all of them open', () => {
  const [old, young] = [newKey(), newKey()]
  const before = openSealing([old])
  const [ready, changed, after] = [[old, young], [young, old], [young]].map(openSealing)
  const sealed = before.seal(secret, place)
  assert(changed && after && ready)
  const resealed = changed.seal(changed.open(sealed, place), place)
  assert.deepEqual([changed.isCurrent(sealed), changed.isCurrent(resealed)], [false, true])
  assert.equal(ready.open(resealed, place).open(), secret.open())
  assert.equal(after.open(resealed, place).open(), secret.open())
  assert.throws(() => after.open(sealed, place), SealUnknown)
})

test('a laptop’s key is made once, for its owner’s eyes, and one that is damaged is not replaced', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-sealing-'))
  t.after(() => rm(directory, { recursive: true }))
  const key = keyOfDirectory(directory)
  assert.equal(keyOfDirectory(directory).open(), key.open())
  const path = join(directory, 'secret.key')
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  await writeFile(path, (await readFile(path, 'utf8')).slice(1))
  assert.throws(() => keyOfDirectory(directory), /secret.key holds no key.*backup/)
})
