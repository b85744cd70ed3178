import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isBucketName } from './bucket-name.ts'

const refused = [
  ...['ab', 'a'.repeat(64), 'Upper', 'under_score', '-first', 'last-', '.first', 'two..dots'],
  ...['192.168.5.4', 'xn--name', 'sthree-name', 'name-s3alias', 'name--ol-s3', 'name--x-s3', ''],
  ...['amzn-s3-demo-bucket', 'name.mrap', 'name--table-s3', 'sp ace', 'sla/sh'],
]
for (const name of refused) {
  test(`"${name}" is no bucket name`, () => assert.equal(isBucketName(name), false))
}

for (const name of ['abc', 'a'.repeat(63), 'my.bucket-1', '123', '1.2.3']) {
  test(`"${name}" is a bucket name`, () => assert.equal(isBucketName(name), true))
}
