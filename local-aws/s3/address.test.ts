import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AwsError } from '../errors.ts'
import { readAddress } from './address.ts'

const cases: [host: string, url: string, bucket: string, key: string][] = [
  ['127.0.0.1:9000', '/', '', ''],
  ['127.0.0.1:9000', '/bucket', 'bucket', ''],
  ['127.0.0.1:9000', '/bucket/', 'bucket', ''],
  ['127.0.0.1:9000', '/bucket/a%20b/c%2Bd?x-id=PutObject', 'bucket', 'a b/c+d'],
  ['127.0.0.1', '/bucket//twice/../up', 'bucket', '/twice/../up'],
  ['localhost:9000', '/bucket/key', 'bucket', 'key'],
  ['s3.localhost', '/bucket/key', 'bucket', 'key'],
  ['my.bucket.s3.localhost:9000', '/key', 'my.bucket', 'key'],
  ['bucket.localhost:9000', '/a/b', 'bucket', 'a/b'],
  ['s3.eu-west-1.amazonaws.com', '/bucket/key', 'bucket', 'key'],
  ['my.bucket.s3.eu-west-1.amazonaws.com', '/key', 'my.bucket', 'key'],
  ['bucket.s3.amazonaws.com', '/?list-type=2', 'bucket', ''],
]

for (const [host, url, bucketName, key] of cases) {
  test(`${url} at ${host} is bucket "${bucketName}", key "${key}"`, () => {
    const address = readAddress(host, url)
    assert.deepEqual([address.bucketName, address.key], [bucketName, key])
  })
}

test('a path that is no percent-encoding is refused', () => {
  assert.throws(
    () => readAddress('localhost', '/bucket/%zz'),
    (error) => error instanceof AwsError && error.code === 'InvalidURI',
  )
})
