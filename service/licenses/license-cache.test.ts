import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { asOrganizationId } from '#database'
import { TransientError } from '#errors'
import { createLicenseCache } from './license-cache.ts'
import type { License } from './licenses.ts'

function newLicense(licenseKey: string): License {
  return {
    id: randomUUID(),
    organizationId: asOrganizationId(randomUUID()),
    licenseKey,
    name: 'a license',
    timeZone: 'UTC',
    retentionDays: 1,
    ignoreDNT: false,
    domains: [],
  }
}

/** Counts how often the database is asked. */
function newSource() {
  const source = {
    asked: 0,
    find: async (): Promise<License | undefined> => {
      source.asked += 1
      return newLicense('key')
    },
  }
  return source
}

test('an unknown key is asked for again: it may be new', async () => {
  const cache = createLicenseCache(() => 0)
  assert.equal(await cache.get('key', async () => undefined), undefined)
  assert.equal((await cache.get('key', newSource().find))?.licenseKey, 'key')
})

test('a known key is asked for once a minute', async () => {
  let nowMs = 0
  const cache = createLicenseCache(() => nowMs)
  const source = newSource()
  for (nowMs of [0, 1, 59_999]) await cache.get('key', source.find)
  assert.equal(source.asked, 1)
  nowMs = 60_000
  await cache.get('key', source.find)
  assert.equal(source.asked, 2)
})

const away = () => Promise.reject(new TransientError('DATABASE_UNAVAILABLE', 'It is away.'))

test('while the database is away an unknown key is a passing failure, and so is one of an hour ago', async () => {
  let nowMs = 0
  const cache = createLicenseCache(() => nowMs)
  await assert.rejects(cache.get('key', away), { code: 'DATABASE_UNAVAILABLE' })
  await cache.get('key', newSource().find)
  nowMs = 3_600_000
  await assert.rejects(cache.get('key', away), { code: 'DATABASE_UNAVAILABLE' })
})

test('while the database is away a license is as it was, and asked for again every two seconds', async () => {
  let nowMs = 0
  const cache = createLicenseCache(() => nowMs)
  const source = newSource()
  await cache.get('key', source.find)
  nowMs = 3_599_999
  assert.equal((await cache.get('key', away))?.licenseKey, 'key')
  nowMs += 1_999
  await cache.get('key', source.find)
  assert.equal(source.asked, 1)
  nowMs += 1
  await cache.get('key', source.find)
  assert.equal(source.asked, 2)
})

test('nobody waits long for a database that says nothing', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const cache = createLicenseCache(() => 0)
  const asking = cache.get('key', () => new Promise(() => {}))
  t.mock.timers.tick(5_000)
  await assert.rejects(asking, { code: 'DATABASE_UNAVAILABLE' })
})

test('the cache does not grow without bound', async () => {
  const cache = createLicenseCache(() => 0)
  const source = newSource()
  await cache.get('first', source.find)
  for (let each = 0; each < 10_000; each += 1) await cache.get(`key ${each}`, source.find)
  const before = source.asked
  await cache.get('key 9999', source.find)
  assert.equal(source.asked, before)
  await cache.get('first', source.find)
  assert.equal(source.asked, before + 1)
})
