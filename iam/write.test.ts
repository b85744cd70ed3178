// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like that

import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bucketArn,
  escapeForResource,
  evaluate,
  objectsArn,
  type PolicyDocument,
  parseArn,
  parsePolicy,
  sizeOfSessionPolicy,
  writePolicy,
} from './iam.ts'

const accountId = '222222222222'

function mayPut(policy: PolicyDocument, objectKey: string): boolean {
  const request = {
    principal: { accountId, arn: `arn:aws:iam::${accountId}:user/alice` },
    action: 's3:PutObject',
    resource: `arn:aws:s3:::bucket/${objectKey}`,
    resourceAccountId: accountId,
    context: {},
  }
  return evaluate(request, { identity: [policy] }).allowed
}

function policyBelow(prefix: string): PolicyDocument {
  const resource = objectsArn('aws', 'bucket', prefix)
  const statement = { Effect: 'Allow' as const, Action: ['s3:PutObject'], Resource: [resource] }
  return { Version: '2012-10-17', Statement: [statement] }
}

test('a prefix of special characters covers itself and nothing that it resembles', () => {
  const prefixes = ['a*/', 'a?/', 'a$/', '${aws:username}/', '${*}/', 'a}b{/', 'ü🎬/', 'a:b/', '']
  for (const prefix of prefixes) {
    const policy = parsePolicy(writePolicy(policyBelow(prefix)), 'session')
    assert.ok(mayPut(policy, `${prefix}x.csv`), prefix)
    if (prefix !== '') assert.ok(!mayPut(policy, 'abc/x.csv'), prefix)
  }
  assert.ok(!mayPut(policyBelow('a*/'), 'ab/x.csv'))
  assert.ok(!mayPut(policyBelow('a?/'), 'ab/x.csv'))
  assert.ok(!mayPut(policyBelow('${aws:username}/'), 'alice/x.csv'))
  assert.ok(!mayPut(policyBelow('${*}/'), '*/x.csv'))
})

test('a prefix that ends in a slash does not cover its siblings', () => {
  assert.ok(!mayPut(policyBelow('exports/'), 'exports-2/x.csv'))
})

test('stars, question marks and dollars are escaped', () => {
  assert.equal(escapeForResource('a*b?c$d'), 'a${*}b${?}c${$}d')
})

test('the ARNs of a bucket and its objects carry the partition', () => {
  assert.equal(bucketArn('aws-cn', 'bucket'), 'arn:aws-cn:s3:::bucket')
  assert.equal(objectsArn('aws', 'bucket', ''), 'arn:aws:s3:::bucket/*')
  assert.equal(objectsArn('aws', 'bucket', 'a/'), 'arn:aws:s3:::bucket/a/*')
})

test('what is no ARN is not parsed', () => {
  for (const text of [
    '',
    'arn',
    'arn:aws:s3:::',
    'arn::s3:::b',
    'ARN:aws:s3:::b',
    'arn:aws:s3::b',
  ]) {
    assert.equal(parseArn(text), undefined, text)
  }
})

test('the resource of an ARN keeps its colons', () => {
  assert.deepEqual(parseArn('arn:aws:s3:::bucket/a:b'), {
    partition: 'aws',
    service: 's3',
    region: '',
    accountId: '',
    resource: 'bucket/a:b',
  })
})

test('a written policy is ASCII, and its size counts the escapes', () => {
  const text = writePolicy(policyBelow('ü/'))
  assert.match(text, /bucket\/\\u00fc\/\*/)
  assert.match(text, /^[\x20-\x7e]+$/)
  assert.equal(sizeOfSessionPolicy(text), text.length)
  assert.equal(sizeOfSessionPolicy('{\n  "a": 1 }'), 12)
})
