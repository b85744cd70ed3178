import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AwsFault } from './aws-fault.ts'
import {
  type AskedProbe,
  judgeWrongProbes,
  refusalOf,
  type Verdict,
  verdictOf,
  wrongProbes,
} from './probes.ts'

const ME =
  'User: arn:aws:iam::111111111111:user/sluice is not authorized to perform: sts:AssumeRole'
const ON = `${ME} on resource: arn:aws:iam::222222222222:role/x`

const fault = (more: Partial<AwsFault>): AwsFault => ({
  code: 'AccessDenied',
  message: ON,
  status: 403,
  requestId: 'r',
  extendedRequestId: undefined,
  bucketRegion: undefined,
  ...more,
})

const verdicts: [string, Partial<AwsFault>, Verdict][] = [
  ['a throttle', { code: 'Throttling', status: 400 }, 'passing'],
  ['a fault of AWS', { code: 'InternalFailure', status: 500 }, 'passing'],
  ['no answer', { code: 'ECONNRESET', status: undefined }, 'passing'],
  ['our credentials unknown', { code: 'InvalidClientTokenId' }, 'not permitted to us'],
  [
    'our own policy',
    { message: `${ON} because no identity-based policy allows the sts:AssumeRole action` },
    'not permitted to us',
  ],
  [
    'our organization',
    { message: `${ON} with an explicit deny in a service control policy` },
    'not permitted to us',
  ],
  [
    'a session policy',
    { message: `${ON} because no session policy allows the sts:AssumeRole action` },
    'not permitted to us',
  ],
  [
    'the customer’s organization',
    { message: `${ON} with an explicit deny in a resource control policy` },
    'not ours to judge',
  ],
  ['AccessDenied of another shape', { message: 'Access denied by a proxy' }, 'not ours to judge'],
  ['AccessDenied with another status', { status: 400 }, 'not ours to judge'],
  ['a trust policy, without a reason', {}, 'refused'],
  [
    'a trust policy that allows nothing',
    { message: `${ON} because no resource-based policy allows the sts:AssumeRole action` },
    'refused',
  ],
  [
    'a trust policy that denies',
    { message: `${ON} with an explicit deny in a resource-based policy` },
    'refused',
  ],
]
for (const [what, more, expected] of verdicts)
  test(`${what} is ${expected}`, () => assert.equal(verdictOf(fault(more)), expected))

const parties = {
  principalArn: 'arn:aws:iam::111111111111:user/sluice',
  target: {
    outputId: 'o-1',
    roleArn: 'arn:aws:iam::222222222222:role/path/x',
    externalId: 'a1b2c3d4-0000-4000-8000-00000000000f',
    otherExternalId: undefined,
    bucketName: 'bucket',
    pathPrefix: '',
    region: undefined,
    expectedBucketOwner: undefined,
    kmsKeyArn: undefined,
    bucketOwnerFullControl: false,
  },
}
const asked = (more: Partial<AwsFault> | 'opened'): AskedProbe => ({
  probe: { kind: 'none', externalId: undefined },
  call: {
    operation: 'AssumeRole',
    sent: 'with no external id',
    at: new Date(0),
    durationMs: 1,
    fault: more === 'opened' ? undefined : fault(more),
    requestId: 'r',
    extendedRequestId: undefined,
  },
})

test('only a refusal by the trust policy passes a wrong probe', () => {
  assert.equal(judgeWrongProbes([asked('opened')], parties)?.code, 'ROLE_IGNORES_EXTERNAL_ID')
  for (const [, more, verdict] of verdicts) {
    const expected = verdict === 'refused' ? undefined : 'AWS_UNAVAILABLE'
    assert.equal(judgeWrongProbes([asked(more)], parties)?.code, expected)
  }
})

test('one probe of a round that is not refused decides it, and one that opens before all', () => {
  const busy = asked({ code: 'Throttling', status: 400 })
  const refused = asked({})
  assert.equal(judgeWrongProbes([refused, busy, refused], parties)?.code, 'AWS_UNAVAILABLE')
  const open = judgeWrongProbes([busy, asked('opened'), refused], parties)
  assert.equal(open?.code, 'ROLE_IGNORES_EXTERNAL_ID')
  assert.equal(judgeWrongProbes([refused, refused], parties), undefined)
})

test('the right id refused says role, principal, external id and what to type', () => {
  const error = refusalOf(fault({}), parties)
  assert.equal(error.code, 'ROLE_NOT_ASSUMABLE')
  const remedy = String(Object(error).remedy)
  for (const text of [
    '222222222222',
    parties.principalArn,
    parties.target.externalId,
    '--role-name x',
  ])
    assert(remedy.includes(text), `${text} in ${remedy}`)
  const ours = refusalOf(fault({ code: 'InvalidClientTokenId' }), parties)
  assert.equal(ours.code, 'PRINCIPAL_NOT_PERMITTED')
})

test('no wrong probe is right, and a near miss is near at both ends', () => {
  const { externalId } = parties.target
  const make = { ownForm: () => 'own', random: () => 'random' }
  const [first, second] = [
    wrongProbes(externalId, 'first', make),
    wrongProbes(externalId, 'second', make),
  ]
  for (const each of [...first, ...second]) assert.notEqual(each.externalId, externalId)
  assert(first.at(-1)?.externalId?.startsWith(externalId.slice(0, -1)))
  assert(second.at(-1)?.externalId?.endsWith(externalId.slice(1)))
  assert.equal(first[0]?.externalId, undefined)
})
