import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import type { Keys } from '../testing.ts'
import { assertRefused, clientOptions, openClients, policyText, startAws } from '../testing.ts'
import type { Fault } from './fault.ts'

const Bucket = 'samples-of-faults'
const ACCOUNT = '111122223333'
const RoleArn = `arn:aws:iam::${ACCOUNT}:role/exports`
const RoleSessionName = 'faults'

async function start(t: TestContext, options: { clock?: () => Date } = {}) {
  const aws = await startAws(t, options)
  const owner = await aws.createAccount({ accountId: ACCOUNT })
  const { iam, sts } = openClients(t, aws, owner)
  const s3With = (keys: Keys) => {
    const client = new S3Client(clientOptions(aws, keys))
    t.after(() => client.destroy())
    return client
  }
  const s3 = s3With(owner)
  const LocationConstraint = 'eu-central-1'
  await s3.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint } }),
  )
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'exports',
      AssumeRolePolicyDocument: policyText({
        Effect: 'Allow',
        Principal: { AWS: ACCOUNT },
        Action: 'sts:AssumeRole',
      }),
    }),
  )
  const put = (Key = 'a') => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x'.repeat(100) }))
  const assume = (ExternalId?: string) =>
    sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName, ...(ExternalId && { ExternalId }) }))
  return { aws, iam, sts, s3, s3With, put, assume }
}

/** The error's HTTP status, code, and who is at fault. */
async function failure(answer: Promise<unknown>) {
  const error = await answer.then(
    () => assert.fail('It succeeded.'),
    (it) => it,
  )
  const { name, Code = name, message, $metadata, $fault } = error
  return { code: Code, status: $metadata?.httpStatusCode, fault: $fault, message: String(message) }
}

const ofSts: [Fault, number, string, RegExp][] = [
  [{ service: 'sts', kind: 'throttle' }, 400, 'Throttling', /^Rate exceeded$/],
  [{ service: 'sts', kind: 'internal-error' }, 500, 'InternalFailure', /unknown error/],
  [{ service: 'sts', kind: 'service-unavailable' }, 503, 'ServiceUnavailable', /temporary/],
  [{ service: 'sts', kind: 'expired-token' }, 403, 'ExpiredToken', /is expired/],
  [{ service: 'sts', kind: 'clock-skew' }, 403, 'SignatureDoesNotMatch', /Signature expired/],
  [{ service: 'sts', kind: 'packed-policy-too-large' }, 400, 'PackedPolicyTooLarge', /120%/],
  [
    { service: 'sts', kind: 'region-disabled' },
    403,
    'RegionDisabledException',
    /not activated in this region for account:111122223333/,
  ],
  [
    {
      service: 'sts',
      kind: 'error',
      code: 'AccessDenied',
      status: 403,
      message: 'in a VPC endpoint',
    },
    403,
    'AccessDenied',
    /^in a VPC endpoint$/,
  ],
]

const ofS3: [Fault, number, string, RegExp][] = [
  [{ service: 's3', kind: 'throttle' }, 503, 'SlowDown', /reduce your request rate/],
  [{ service: 's3', kind: 'internal-error' }, 500, 'InternalError', /Please try again/],
  [{ service: 's3', kind: 'service-unavailable' }, 503, 'ServiceUnavailable', /unable to handle/],
  [{ service: 's3', kind: 'expired-token' }, 400, 'ExpiredToken', /has expired/],
  [{ service: 's3', kind: 'clock-skew' }, 403, 'RequestTimeTooSkewed', /too large/],
  [{ service: 's3', kind: 'bad-digest' }, 400, 'BadDigest', /The CRC32 you specified/],
  [
    { service: 's3', kind: 'wrong-region', region: 'us-west-2' },
    301,
    'PermanentRedirect',
    /specified endpoint/,
  ],
]

test('each fault answers as its service does, and ends when it is removed', async (t) => {
  const { aws, put, assume } = await start(t)
  for (const [cases, call] of [
    [ofSts, assume],
    [ofS3, put],
  ] as const) {
    for (const [fault, status, code, message] of cases) {
      using added = aws.faults.add(fault)
      const given = await failure(call())
      assert.deepEqual([given.status, given.code], [status, code], fault.kind)
      assert.match(given.message, message)
      assert.equal(added.struck, 1)
    }
  }
  assert.deepEqual(aws.faults.list(), [])
  await assume()
  await put()
})

test('an S3 ExpiredToken echoes the session token', async (t) => {
  const { aws, iam, assume, s3With } = await start(t)
  const allowed = policyText({ Effect: 'Allow', Action: 's3:*', Resource: '*' })
  await iam.send(
    new PutRolePolicyCommand({ RoleName: 'exports', PolicyName: 'a', PolicyDocument: allowed }),
  )
  const { Credentials: keys } = await assume()
  const session = s3With({
    accessKeyId: keys?.AccessKeyId ?? '',
    secretAccessKey: keys?.SecretAccessKey ?? '',
    sessionToken: keys?.SessionToken ?? '',
  })
  const list = () => session.send(new ListObjectsV2Command({ Bucket }))
  await list()
  aws.faults.add({ service: 's3', kind: 'expired-token', times: 1 })
  await assert.rejects(list(), { name: 'ExpiredToken', 'Token-0': keys?.SessionToken })
  await list()
})

test('a redirect names the region in its header', async (t) => {
  const { aws, put } = await start(t)
  aws.faults.add({ service: 's3', kind: 'wrong-region', region: 'eu-west-3' })
  await assert.rejects(put(), (error) => {
    assert.equal(Object(error).$response.headers['x-amz-bucket-region'], 'eu-west-3')
    return true
  })
})

test('the third call without an external id is struck, and no other', async (t) => {
  const { aws, assume } = await start(t)
  const where = { externalId: null }
  const added = aws.faults.add({ service: 'sts', kind: 'throttle', skip: 2, times: 1, where })
  await assume()
  await assume('some-id')
  await assume()
  await assertRefused(assume(), 'Throttling')
  await assume()
  assert.deepEqual([added.matched, added.struck], [4, 1])
})

test('only the named part of a bucket is struck', async (t) => {
  const { aws, put } = await start(t)
  aws.faults.add({ service: 's3', kind: 'throttle', where: { bucket: Bucket, keyPrefix: 'bad/' } })
  await put('good/a')
  await assertRefused(put('bad/a'), 'SlowDown')
})

test('a connection is cut before the call, before the answer, and within it', async (t) => {
  const { aws, s3, put } = await start(t)
  const isStored = (Key: string) =>
    s3.send(new HeadObjectCommand({ Bucket, Key })).then(
      () => true,
      () => false,
    )
  for (const [at, stored] of [
    ['request', false],
    ['before-answer', true],
    ['in-answer', true],
  ] as const) {
    using added = aws.faults.add({ service: 's3', operation: 'PutObject', kind: 'cut', at })
    const { status } = await failure(put(at))
    assert.equal(status, undefined, 'no answer arrives')
    assert.equal(added.struck, 1)
    assert.equal(await isStored(at), stored, at)
  }
})

test('the body of an answer breaks off', async (t) => {
  const { aws, s3, put } = await start(t)
  await put()
  aws.faults.add({ service: 's3', operation: 'GetObject', kind: 'cut', at: 'in-answer' })
  const { Body, ContentLength } = await s3.send(new GetObjectCommand({ Bucket, Key: 'a' }))
  assert.equal(ContentLength, 100)
  await assert.rejects(async () => Body?.transformToString(), /aborted/)
})

test('a slow call comes late and does what it is to do', async (t) => {
  const { aws, put } = await start(t)
  const added = aws.faults.add({ service: 's3', kind: 'slow', delayMs: 50, times: 1 })
  const begun = performance.now()
  await put()
  assert.ok(performance.now() - begun >= 49)
  assert.equal(added.struck, 1)
})

test('CompleteMultipartUpload answers 200 with an error within', async (t) => {
  const { aws, s3 } = await start(t)
  const object = { Bucket, Key: 'parts' }
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object))
  const { ETag } = await s3.send(
    new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: 'x' }),
  )
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] }
  const complete = () =>
    s3.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload }))
  aws.faults.add({ service: 's3', kind: 'error-in-200', times: 1 })
  await assertRefused(complete(), 'InternalError', 'Please try again')
  const [event] = aws.calls.list({ service: 's3', operation: 'CompleteMultipartUpload' })
  assert.equal(event?.additionalEventData.httpStatus, 200)
  await complete()
})

test('a change of IAM holds later, in both directions, and is shown at once', async (t) => {
  let now = Date.now()
  const { aws, iam, s3With, assume } = await start(t, { clock: () => new Date(now) })
  const { Credentials: keys } = await assume()
  const session = s3With({
    accessKeyId: keys?.AccessKeyId ?? '',
    secretAccessKey: keys?.SecretAccessKey ?? '',
    sessionToken: keys?.SessionToken ?? '',
  })
  const list = () => session.send(new ListObjectsV2Command({ Bucket }))
  const setPolicy = (Effect: string) =>
    iam.send(
      new PutRolePolicyCommand({
        RoleName: 'exports',
        PolicyName: 'a',
        PolicyDocument: policyText({ Effect, Action: 's3:ListBucket', Resource: '*' }),
      }),
    )
  using added = aws.faults.add({ service: 'iam', kind: 'change-delay', delayMs: 5000 })
  await setPolicy('Allow')
  await assertRefused(list(), 'AccessDenied', 'no identity-based policy allows')
  now += 5000
  await list()
  await setPolicy('Deny')
  await list()
  now += 5000
  await assertRefused(list(), 'AccessDenied', 'explicit deny')
  assert.equal(added.struck, 2)
})

test('a role that was just made cannot be assumed yet', async (t) => {
  let now = Date.now()
  const { aws, iam, sts } = await start(t, { clock: () => new Date(now) })
  aws.faults.add({ service: 'iam', operation: 'CreateRole', kind: 'change-delay', delayMs: 8000 })
  const Principal = { AWS: ACCOUNT }
  const trust = policyText({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' })
  const { Role: role } = await iam.send(
    new CreateRoleCommand({ RoleName: 'young', AssumeRolePolicyDocument: trust }),
  )
  const assume = () =>
    sts.send(new AssumeRoleCommand({ RoleArn: role?.Arn ?? '', RoleSessionName }))
  await assertRefused(assume(), 'AccessDenied')
  await sts.send(new GetCallerIdentityCommand({}))
  now += 8000
  await assume()
})
