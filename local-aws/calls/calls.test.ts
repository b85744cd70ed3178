import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { CreateRoleCommand, GetRoleCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { assertRefused, clientOptions, openClients, policyText, startAws } from '../testing.ts'
import { newEvent } from './call-event.ts'
import { createCalls } from './calls.ts'

const ACCOUNT = '111122223333'
const RoleArn = `arn:aws:iam::${ACCOUNT}:role/exports`

async function start(t: TestContext) {
  const aws = await startAws(t)
  const owner = await aws.createAccount({ accountId: ACCOUNT })
  const { iam, sts } = openClients(t, aws, owner)
  const s3 = new S3Client({ ...clientOptions(aws, owner), region: 'us-east-1' })
  t.after(() => s3.destroy())
  return { aws, owner, iam, sts, s3 }
}

test('a refused call shows who asked for what, and why it failed', async (t) => {
  const { aws, owner, s3, sts } = await start(t)
  const input = { RoleArn, RoleSessionName: 'sluice-1', ExternalId: 'an-external-id' }
  const Policy = policyText({ Effect: 'Deny', Action: '*', Resource: '*' })
  await assertRefused(sts.send(new AssumeRoleCommand({ ...input, Policy })), 'AccessDenied')
  const [event] = aws.calls.list({ service: 'sts' })
  assert.equal(event?.eventName, 'AssumeRole')
  assert.equal(event?.awsRegion, 'eu-central-1')
  assert.deepEqual(event?.userIdentity, {
    type: 'IAMUser',
    arn: `arn:aws:iam::${ACCOUNT}:user/administrator`,
    accountId: ACCOUNT,
    accessKeyId: owner.accessKeyId,
  })
  assert.deepEqual(event?.requestParameters, {
    roleArn: RoleArn,
    roleSessionName: 'sluice-1',
    externalId: 'an-external-id',
    policy: Policy,
  })
  assert.equal(event?.errorCode, 'AccessDenied')
  assert.equal(event?.additionalEventData.httpStatus, 403)
  const wrong = { Bucket: 'missing', Key: 'a/b', ExpectedBucketOwner: '444455556666', Body: 'x' }
  await assertRefused(s3.send(new PutObjectCommand(wrong)), 'NoSuchBucket')
  const [put] = aws.calls.list({ service: 's3', operation: 'PutObject' })
  const { bucketName, key, 'x-amz-expected-bucket-owner': expected } = put?.requestParameters ?? {}
  assert.deepEqual([bucketName, key, expected], ['missing', 'a/b', '444455556666'])
  assert.equal(put?.errorCode, 'NoSuchBucket')
})

test('a call with an unknown key is recorded as of nobody known', async (t) => {
  const { aws } = await start(t)
  const stranger = { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'no' }
  const { iam } = openClients(t, aws, stranger)
  await assertRefused(iam.send(new GetRoleCommand({ RoleName: 'exports' })), 'InvalidClientTokenId')
  const [event] = aws.calls.list({ service: 'iam', operation: 'GetRole' })
  assert.deepEqual(event?.userIdentity, { type: 'Unknown' })
  assert.equal(event?.errorCode, 'InvalidClientTokenId')
})

test('no secret and no token stands in the record', async (t) => {
  const { aws, owner, iam, sts } = await start(t)
  const AssumeRolePolicyDocument = policyText({
    Effect: 'Allow',
    Principal: { AWS: ACCOUNT },
    Action: 'sts:AssumeRole',
  })
  await iam.send(new CreateRoleCommand({ RoleName: 'exports', AssumeRolePolicyDocument }))
  const { Credentials: keys } = await sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'sluice-1' }),
  )
  const session = new S3Client({
    ...clientOptions(aws, {
      accessKeyId: keys?.AccessKeyId ?? '',
      secretAccessKey: keys?.SecretAccessKey ?? '',
      sessionToken: keys?.SessionToken ?? '',
    }),
  })
  t.after(() => session.destroy())
  aws.faults.add({ service: 's3', kind: 'expired-token', times: 1 })
  const put = () => session.send(new PutObjectCommand({ Bucket: 'none', Key: 'a', Body: 'x' }))
  await assertRefused(put(), 'ExpiredToken')
  await assertRefused(put(), 'NoSuchBucket')
  const events = aws.calls.list()
  const [assumed] = aws.calls.list({ service: 'sts' })
  assert.deepEqual(assumed?.responseElements, {
    accessKeyId: keys?.AccessKeyId,
    assumedRoleArn: `arn:aws:sts::${ACCOUNT}:assumed-role/exports/sluice-1`,
  })
  assert.equal(events.at(-1)?.userIdentity.arn, assumed?.responseElements.assumedRoleArn)
  const text = JSON.stringify(events)
  for (const secret of [keys?.SecretAccessKey, keys?.SessionToken, owner.secretAccessKey]) {
    assert.ok(secret && !text.includes(secret))
  }
  assert.doesNotMatch(text, /Signature=|AWS4-HMAC/)
})

test('calls stand in the order they came, and can be forgotten', async (t) => {
  const { aws, s3 } = await start(t)
  await s3.send(new CreateBucketCommand({ Bucket: 'ordered' }))
  for (const Key of ['a', 'b']) {
    await s3.send(new PutObjectCommand({ Bucket: 'ordered', Key, Body: 'x' }))
  }
  const names = aws.calls.list().map((it) => [it.eventNumber, it.eventName, it.errorCode])
  assert.deepEqual(names, [
    [1, 'CreateBucket', undefined],
    [2, 'PutObject', undefined],
    [3, 'PutObject', undefined],
  ])
  aws.calls.clear()
  assert.deepEqual(aws.calls.list(), [])
})

test('the record is bounded, and says what it has forgotten', () => {
  const calls = createCalls()
  const request = { headers: {}, socket: {} } as Parameters<typeof newEvent>[0]
  for (let n = 0; n < 10_000; n++) {
    calls.add(newEvent(request, { requestID: String(n), now: new Date(0) }))
  }
  const events = calls.list()
  assert.ok(events.length <= 4000)
  assert.equal(calls.forgotten + events.length, 10_000)
  assert.equal(events.at(-1)?.eventNumber, 10_000)
})
