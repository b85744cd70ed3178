import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readNewOutputSearch, readSetUpSearch } from './set-up-search.ts'

test('what the address does not know by that name is left out', () => {
  assert.deepEqual(readNewOutputSearch({ bucketName: '', cloudRegion: 'constructor', x: 1 }), {})
  const unknown = { bucketOwnerFullControl: 'no', externalIdMode: 'GENERATED', step: 'role' }
  assert.deepEqual(readNewOutputSearch(unknown), {})
  assert.deepEqual(readSetUpSearch({ way: 'by hand', principal: 'account', exportTaskId: 7 }), {})
})

test('a bucket or an account of digits alone stays a text', () => {
  assert.deepEqual(readNewOutputSearch({ bucketName: 2024, expectedBucketOwner: 123456789012 }), {
    bucketName: '2024',
    expectedBucketOwner: '123456789012',
  })
})
