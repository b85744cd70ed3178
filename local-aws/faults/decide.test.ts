import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideFault, type Facts, type FaultRule } from './decide.ts'
import type { Aim, Fault } from './fault.ts'
import { readFault } from './read-fault.ts'

const assume: Facts = {
  eventSource: 'sts.amazonaws.com',
  eventName: 'AssumeRole',
  awsRegion: 'eu-central-1',
  userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::444455556666:user/sluice' },
  requestParameters: { roleArn: 'arn:aws:iam::111122223333:role/exports', externalId: 'right' },
}
const put: Facts = {
  ...assume,
  eventSource: 's3.amazonaws.com',
  eventName: 'PutObject',
  requestParameters: { bucketName: 'samples', key: 'out/a.csv' },
}
const { externalId: _, ...withoutId } = assume.requestParameters

const refused: [string, unknown, RegExp][] = [
  ['nothing', undefined, /is an object/],
  ['an unknown kind', { service: 'sts', kind: 'gremlin' }, /kind must be one of throttle/],
  ['an unknown service', { service: 'ec2', kind: 'throttle' }, /service must be iam, sts or s3/],
  ['an unknown member', { service: 's3', kind: 'throttle', time: 1 }, /time is not known here/],
  ['no delay', { service: 's3', kind: 'slow' }, /delayMs must be a whole number from 1 to 600000/],
  ['a delay without end', { service: 's3', kind: 'slow', delayMs: 1e9 }, /delayMs must be/],
  ['an unknown cut', { service: 's3', kind: 'cut', at: 'noon' }, /at must be one of request/],
  ['times of nothing', { service: 's3', kind: 'throttle', times: 0 }, /times must be/],
  ['another service', { service: 's3', kind: 'region-disabled' }, /a fault of sts, not of s3/],
  [
    'another operation',
    { service: 's3', operation: 'GetObject', kind: 'error-in-200' },
    /does not befall GetObject/,
  ],
  [
    'all mistakes at once',
    { service: 'x', kind: 'error', where: { bucket: 7, color: 'red' } },
    /service must.*code must.*where\.color.*where\.bucket/,
  ],
]

for (const [name, given, message] of refused) {
  test(`no fault: ${name}`, () => {
    assert.throws(() => readFault(given), { name: 'TypeError', message })
  })
}

const matches: [string, Aim, Facts, boolean][] = [
  ['another service is let pass', { service: 's3' }, assume, false],
  ['another operation is let pass', { service: 's3', operation: 'GetObject' }, put, false],
  ['a service alone is enough', { service: 's3' }, put, true],
  ['another id', { service: 'sts', where: { externalId: 'wrong' } }, assume, false],
  ['the id', { service: 'sts', where: { externalId: 'right' } }, assume, true],
  ['an id where none is meant', { service: 'sts', where: { externalId: null } }, assume, false],
  [
    'no id where none is meant',
    { service: 'sts', where: { externalId: null } },
    { ...assume, requestParameters: withoutId },
    true,
  ],
  [
    'the id that is not meant',
    { service: 'sts', where: { externalId: { not: 'right' } } },
    assume,
    false,
  ],
  ['any other id', { service: 'sts', where: { externalId: { not: 'wrong' } } }, assume, true],
  ['another role', { service: 'sts', where: { roleArn: 'arn:aws:iam::1:role/x' } }, assume, false],
  ['another region', { service: 'sts', where: { region: 'us-east-1' } }, assume, false],
  ['another bucket', { service: 's3', where: { bucket: 'other' } }, put, false],
  ['another prefix', { service: 's3', where: { keyPrefix: 'in/' } }, put, false],
  [
    'bucket and prefix',
    { service: 's3', where: { bucket: 'samples', keyPrefix: 'out/' } },
    put,
    true,
  ],
  [
    'another principal',
    { service: 's3', where: { principalArn: 'arn:aws:iam::1:root' } },
    put,
    false,
  ],
]

for (const [name, aim, facts, expected] of matches) {
  test(`a fault meets its calls: ${name}`, () => {
    const { struck } = decideFault([ruleOf({ ...aim, kind: 'throttle' })], facts)
    assert.equal(struck !== undefined, expected)
  })
}

test('a delayed change is no fault of a read', () => {
  const rule = ruleOf({ service: 'iam', kind: 'change-delay', delayMs: 1000 })
  const call = (eventName: string): Facts => ({
    ...assume,
    eventSource: 'iam.amazonaws.com',
    eventName,
  })
  assert.equal(decideFault([rule], call('GetRole')).struck, undefined)
  assert.equal(decideFault([rule], call('PutRolePolicy')).struck?.id, rule.id)
})

test('exactly the calls that were asked for are struck', () => {
  const counts = strikes({ service: 's3', skip: 2, times: 2, kind: 'throttle' }, 6)
  assert.deepEqual(counts, [false, false, true, true, false, false])
  assert.deepEqual(strikes({ service: 's3', kind: 'throttle' }, 3), [true, true, true])
})

test('one fault does not shift which call another one meets', () => {
  let rules = [
    ruleOf({ service: 's3', times: 1, kind: 'throttle' }, 'first'),
    ruleOf({ service: 's3', skip: 1, times: 1, kind: 'internal-error' }, 'second'),
  ]
  const struck = [1, 2, 3].map(() => {
    const decision = decideFault(rules, put)
    rules = decision.rules
    return decision.struck?.id
  })
  assert.deepEqual(struck, ['first', 'second', undefined])
  assert.deepEqual(
    rules.map(({ matched }) => matched),
    [3, 3],
  )
})

function ruleOf(fault: Fault, id = 'fault-1'): FaultRule {
  return { id, fault: readFault(fault), matched: 0, struck: 0 }
}

function strikes(fault: Fault, calls: number): boolean[] {
  let rules = [ruleOf(fault)]
  return Array.from({ length: calls }, () => {
    const decision = decideFault(rules, put)
    rules = decision.rules
    return decision.struck !== undefined
  })
}
