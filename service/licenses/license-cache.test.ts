import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { asOrganizationId } from '#database'
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
