import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TransientError } from '#errors'
import { createLicense } from '#licenses'
import { openTestApi, type TestApi } from '#testing'
import { deletePerson, listDeletions } from './privacy.ts'

test('a deletion that broke off goes on under its own record, for the same person alone', async () => {
  const now = new Date('2026-03-10T12:00:00Z')
  await using api = await openTestApi({ now: () => now, routesOf: () => [] })
  const { samples } = api
  const scope = api.scopeOf(await api.newOrganization())
  const license = await createLicense(scope, {
    name: 'web',
    timeZone: 'UTC',
    retentionDays: 9999,
    ignoreDNT: false,
    domains: [],
    customData: {},
  })
  const row = { impression_id: 'i', sequence_number: 0, user_id: 'person' }
  await samples.append(license, [row])
  const breaking = {
    deletions: {
      ...samples.deletions,
      delete: () => Promise.reject(new TransientError('SAMPLES_UNAVAILABLE', 'No.')),
    },
  }
  const person = { type: 'USER_ID', id: 'person', licenseKey: undefined } as const
  const input = { ...person, reference: 'first' }
  await assert.rejects(deletePerson(breaking, scope, input), { code: 'SAMPLES_UNAVAILABLE' })
  const another = await deletePerson(samples, scope, { ...input, id: 'another' })
  assert.deepEqual([another.status, another.samples], ['FINISHED', 0])
  const other = api.scopeOf(await api.newOrganization())
  assert.equal((await deletePerson(samples, other, input)).samples, 0)
  const page = { offset: 0, limit: 9 }
  const [broken] = (await listDeletions(scope, page)).items.filter(({ id }) => id !== another.id)
  assert.deepEqual([broken?.status, broken?.finishedAt], ['STARTED', undefined])
  const finished = await deletePerson(samples, scope, { ...input, reference: 'second' })
  assert.deepEqual(
    [finished.id, finished.status, finished.reference, finished.finishedAt],
    [broken?.id, 'FINISHED', 'first', now],
  )
  const ref = { licenseKeys: [license.licenseKey], impressionId: 'i' }
  assert.deepEqual(await samples.impressions.readSamples(ref), [])
  assert.deepEqual(
    [finished.samples, await subjects(api)],
    [1, []],
    'counted once, and nobody named',
  )
  const again = await deletePerson(samples, scope, input)
  assert.notEqual(again.id, finished.id)
  assert.equal(again.samples, 0)
})

/** Whom records that are kept name. */
async function subjects({ database }: TestApi): Promise<(string | null)[]> {
  const rows = await database.db.selectFrom('privacy_deletions').select('subject').execute()
  return rows.map(({ subject }) => subject).filter((subject) => subject !== null)
}
