import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OutputError, TransientError } from '#errors'
import { Secret } from '#secret'
import type { Session } from './assume-role.ts'
import { keepSession } from './session-keeper.ts'

const MINUTE_MS = 60_000

/** A clock that the test moves, and sessions of an hour that are numbered. */
function startKeeper(renewal: (call: number) => Promise<void> = async () => {}) {
  const time = { ms: 0 }
  let renewals = 0
  const session = (number: number): Session => ({
    accessKeyId: `key-${number}`,
    secretAccessKey: new Secret('secret'),
    sessionToken: new Secret('token'),
    endsAtMs: time.ms + 60 * MINUTE_MS,
  })
  const keeper = keepSession(session(0), {
    now: () => time.ms,
    renew: async () => {
      renewals += 1
      const number = renewals
      await renewal(number)
      return session(number)
    },
  })
  const keyAt = async (minutes: number) => {
    time.ms = minutes * MINUTE_MS
    return (await keeper.current()).accessKeyId
  }
  /** Whether a call that the session of that time was refused is asked again. */
  const replaceAt = async (minutes: number, reason: 'DEAD' | 'DENIED') => {
    time.ms = minutes * MINUTE_MS
    return keeper.replace(await keeper.current(), reason)
  }
  return { keyAt, replaceAt, renewals: () => renewals }
}

const settled = () => new Promise((done) => setImmediate(done))
const away = () => Promise.reject(new TransientError('AWS_UNAVAILABLE', 'STS is busy.'))

test('a role that a renewal finds wrong is used no more, although its session would last', async () => {
  const { keyAt } = startKeeper(() =>
    Promise.reject(new OutputError('ROLE_IGNORES_EXTERNAL_ID', 'The role is open.')),
  )
  assert.equal(await keyAt(46), 'key-0')
  await settled()
  await assert.rejects(keyAt(47), { code: 'ROLE_IGNORES_EXTERNAL_ID' })
  await assert.rejects(keyAt(48), { code: 'ROLE_IGNORES_EXTERNAL_ID' })
})

test('a session that is about to end starts nothing: what kept it from renewal is thrown', async () => {
  const { keyAt } = startKeeper(away)
  await assert.rejects(keyAt(59), { code: 'AWS_UNAVAILABLE' })
})

test('a call that is denied to a young session is the role’s to answer for: no other is made', async () => {
  const { replaceAt, renewals } = startKeeper()
  assert.equal(await replaceAt(1, 'DENIED'), false)
  assert.equal(renewals(), 0)
})

test('one that is denied to an older session is asked again with a new one, and not a third time', async () => {
  const { keyAt, replaceAt, renewals } = startKeeper()
  const asked = await Promise.all([1, 2, 3].map(() => replaceAt(10, 'DENIED')))
  assert.deepEqual(asked, [true, true, true])
  assert.equal(await keyAt(10), 'key-1')
  for (const minutes of [10, 11]) assert.equal(await replaceAt(minutes, 'DENIED'), false)
  assert.equal(renewals(), 1)
})

test('a session that AWS knows no more is replaced however young, its replacement only when it has aged', async () => {
  const { replaceAt, renewals } = startKeeper()
  assert.equal(await replaceAt(0, 'DEAD'), true)
  assert.equal(await replaceAt(1, 'DEAD'), false)
  assert.equal(await replaceAt(5, 'DEAD'), true)
  assert.equal(renewals(), 2)
})

test('a replacement that finds the role wrong throws that, and one that AWS could not answer is not asked for at once', async () => {
  const wrong = startKeeper(() =>
    Promise.reject(new OutputError('ROLE_NOT_ASSUMABLE', 'The role is gone.')),
  )
  await assert.rejects(wrong.replaceAt(1, 'DEAD'), { code: 'ROLE_NOT_ASSUMABLE' })
  await assert.rejects(wrong.keyAt(1), { code: 'ROLE_NOT_ASSUMABLE' })
  const busy = startKeeper(away)
  for (const minutes of [10, 10.1])
    await assert.rejects(busy.replaceAt(minutes, 'DENIED'), { code: 'AWS_UNAVAILABLE' })
  assert.equal(busy.renewals(), 1)
})

test('one renewal ahead of the end serves all who ask', async () => {
  const { keyAt, renewals } = startKeeper()
  assert.equal(await keyAt(44), 'key-0')
  assert.equal(renewals(), 0)
  await Promise.all([keyAt(46), keyAt(46), keyAt(46)])
  await settled()
  assert.equal(await keyAt(47), 'key-1')
  assert.equal(renewals(), 1)
  assert.equal(await keyAt(59), 'key-1')
})

test('while renewals fail for a passing reason the last good session goes on, and they are tried again', async () => {
  const { keyAt, renewals } = startKeeper((call) => (call < 3 ? away() : Promise.resolve()))
  assert.equal(await keyAt(46), 'key-0')
  await settled()
  assert.equal(await keyAt(46.1), 'key-0')
  assert.equal(renewals(), 1, 'not at once')
  assert.equal(await keyAt(47), 'key-0')
  await settled()
  assert.equal(await keyAt(48), 'key-0')
  await settled()
  assert.equal(await keyAt(49), 'key-3')
})
