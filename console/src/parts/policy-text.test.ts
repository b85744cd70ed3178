import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatForDiff, formatPolicy, readPolicy } from './policy-text.ts'

const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:PutObject' }] }

const pasted: [string, string][] = [
  ['the policy itself', JSON.stringify(policy)],
  ['what aws iam get-role prints', JSON.stringify({ Role: { AssumeRolePolicyDocument: policy } })],
  ['what aws iam get-role-policy prints', JSON.stringify({ PolicyDocument: policy })],
  [
    'what aws s3api get-bucket-policy prints, a text in JSON',
    JSON.stringify({ Policy: JSON.stringify(policy) }),
  ],
]
for (const [what, text] of pasted)
  test(`a policy is read from ${what}`, () => assert.deepEqual(readPolicy(text), policy))

for (const text of ['', 'no JSON', '[]', '7', '{"a":{"b":{"c":{"d":{"Statement":[]}}}}}'])
  test(`there is no policy in ${text || 'nothing'}`, () =>
    assert.equal(readPolicy(text), undefined))

test('a policy is written in ASCII, and reads as the same', () => {
  const named = { ...policy, Id: 'é😀' }
  const text = formatPolicy(named)
  assert.match(text, /^[\n -~]*$/)
  assert.deepEqual(JSON.parse(text), named)
})

test('order, and an array of one, make no difference to a comparison', () => {
  const [statement] = policy.Statement
  const other = {
    Statement: [{ Action: ['s3:PutObject'], Effect: statement?.Effect }],
    Version: policy.Version,
  }
  assert.equal(formatForDiff(other), formatForDiff(policy))
  const more = {
    ...policy,
    Statement: [{ ...statement, Action: ['s3:PutObject', 's3:GetObject'] }],
  }
  assert.notEqual(formatForDiff(more), formatForDiff(policy))
})
