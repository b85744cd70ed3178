import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AuthorizationRequest, explain, type PolicyKind, parsePolicy } from './iam.ts'

const customer = '222222222222'
const sluice = 'arn:aws:iam::111111111111:user/sluice'

const assume: AuthorizationRequest = {
  principal: { accountId: '111111111111', arn: sluice },
  action: 'sts:AssumeRole',
  resource: `arn:aws:iam::${customer}:role/writer`,
  resourceAccountId: customer,
  context: { 'sts:ExternalId': 'right' },
  unknownKeys: ['aws:SourceIp'],
}

const put: AuthorizationRequest = {
  principal: { accountId: customer, arn: `arn:aws:iam::${customer}:user/alice` },
  action: 's3:PutObject',
  resource: 'arn:aws:s3:::bucket/exports/a.csv',
  resourceAccountId: customer,
  context: {},
  unknownKeys: ['aws:SourceIp'],
}

const mayAssume = document('identity', { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' })

function document(kind: PolicyKind, ...statements: object[]) {
  return parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), kind)
}

function trusting(externalId: string, arn = sluice) {
  return {
    Effect: 'Allow',
    Principal: { AWS: arn },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:ExternalId': externalId } },
  }
}

test('a wrong external id is told with what was wanted and what came', () => {
  const trust = document('trust', trusting('wrong'))
  const { decision, misses } = explain(assume, { identity: [mayAssume], trust })
  assert.deepEqual(decision, { allowed: false, explicit: false, policyType: 'resource' })
  const condition = {
    operator: 'StringEquals',
    key: 'sts:ExternalId',
    wanted: ['wrong'],
    values: ['right'],
    truth: false,
  }
  assert.deepEqual(misses[0]?.elements, [{ element: 'Condition', truth: false, condition }])
})

test('of several statements the nearest miss comes first', () => {
  const stranger = 'arn:aws:iam::333333333333:user/other'
  const statements = [trusting('wrong', stranger), trusting('right', stranger)]
  const trust = document('trust', ...statements, { ...trusting('right'), Action: 'sts:TagSession' })
  const { misses } = explain(assume, { identity: [mayAssume], trust })
  const seen = misses.map(({ statement, elements }) => [
    statement.index,
    elements.map(({ element }) => element).join(),
  ])
  assert.deepEqual(seen, [
    [1, 'Principal'],
    [0, 'Principal,Condition'],
    [2, 'Action'],
  ])
})

test('a denial names the document and the statement that denies', () => {
  const first = document('identity', { Effect: 'Allow', Action: '*', Resource: '*' })
  const second = document(
    'identity',
    { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' },
    { Effect: 'Deny', Action: 's3:Put*', Resource: '*', Sid: 'NoWrites' },
  )
  const { decision, atBest, misses } = explain(put, { identity: [first, second] })
  const statement = { document: second, index: 1 }
  assert.deepEqual(decision, { allowed: false, explicit: true, policyType: 'identity', statement })
  assert.deepEqual(atBest, decision)
  assert.deepEqual(misses, [{ policyType: 'identity', statement, elements: [] }])
})

test('an allowance names the statement that gives', () => {
  const identity = document('identity', { Effect: 'Allow', Action: 's3:PutObject', Resource: '*' })
  const { decision, misses } = explain(put, { identity: [identity] })
  const statement = { document: identity, index: 0 }
  assert.deepEqual(decision, { allowed: true, policyType: 'identity', statement })
  assert.deepEqual(misses, [])
})

test('what lets a stranger assume a role is the trust policy’s statement', () => {
  const trust = document('trust', trusting('wrong'), trusting('right'))
  const { decision } = explain(assume, { identity: [mayAssume], trust })
  const statement = { document: trust, index: 1 }
  assert.deepEqual(decision, { allowed: true, policyType: 'resource', statement })
})

test('what hangs on an unknown value is refused, and may be allowed at best', () => {
  const fromOffice = { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }
  const allow = { Effect: 'Allow', Action: 's3:PutObject', Resource: '*' }
  const notElsewhere = {
    Effect: 'Deny',
    Action: 's3:*',
    Resource: '*',
    Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
  }
  const policies = [
    [{ ...allow, Condition: fromOffice }],
    [allow, notElsewhere],
    [{ ...allow, Resource: `arn:aws:s3:::bucket/\${aws:SourceIp}/*` }],
  ]
  for (const statements of policies) {
    const identity = [document('identity', ...statements)]
    const { decision, atBest, misses } = explain(put, { identity })
    assert.deepEqual([decision.allowed, atBest.allowed], [false, true])
    assert.ok(misses[0]?.elements.every(({ truth }) => truth === 'unknown'))
  }
})

test('what no value could change is refused at best as well', () => {
  const identity = document('identity', {
    Effect: 'Allow',
    Action: 's3:GetObject',
    Resource: '*',
    Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
  })
  assert.equal(explain(put, { identity: [identity] }).atBest.allowed, false)
})
