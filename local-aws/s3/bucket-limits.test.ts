import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  CreateBucketCommand,
  GetBucketRequestPaymentCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketRequestPaymentCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3'
import { assertRefused, clientOptions, policyText, startAws } from '../testing.ts'

// Who pays for requests, and keys of KMS that cannot be used.

const Bucket = 'samples-with-limits'

async function start(t: TestContext) {
  const aws = await startAws(t)
  const owner = await aws.createAccount()
  const other = await aws.createAccount()
  const [s3, theirs] = [owner, other].map((account) => {
    const client = new S3Client({ ...clientOptions(aws, account), region: 'us-east-1' })
    t.after(() => client.destroy())
    return client
  })
  assert.ok(s3 && theirs)
  await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: policyText({
        Effect: 'Allow',
        Principal: { AWS: other.accountId },
        Action: 's3:*',
        Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
      }),
    }),
  )
  const input: PutObjectCommandInput = { Bucket, Key: 'a', Body: 'x' }
  return { aws, owner, s3, theirs, input }
}

test('of a bucket whose requesters pay, others must say that they do', async (t) => {
  const { s3, theirs, input } = await start(t)
  const set = (client: S3Client, Payer: 'Requester' | 'BucketOwner') =>
    client.send(
      new PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration: { Payer } }),
    )
  const payer = async () => (await s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer
  assert.equal(await payer(), 'BucketOwner')
  await theirs.send(new PutObjectCommand(input))
  await set(s3, 'Requester')
  assert.equal(await payer(), 'Requester')
  await assertRefused(theirs.send(new PutObjectCommand(input)), 'AccessDenied', /^Access Denied$/)
  const { RequestCharged } = await theirs.send(
    new PutObjectCommand({ ...input, RequestPayer: 'requester' }),
  )
  assert.equal(RequestCharged, 'requester')
  await s3.send(new PutObjectCommand(input))
  await set(s3, 'BucketOwner')
  await theirs.send(new PutObjectCommand(input))
})

test('a key that is disabled, about to be deleted, elsewhere or missing is refused', async (t) => {
  const { aws, owner, s3, input } = await start(t)
  const { accountId } = owner
  const arn = aws.createKmsKey({ accountId, region: 'us-east-1' })
  const put = (SSEKMSKeyId: string) =>
    s3.send(new PutObjectCommand({ ...input, ServerSideEncryption: 'aws:kms', SSEKMSKeyId }))
  await put(arn)
  aws.setKmsKeyState({ arn, state: 'Disabled' })
  await assertRefused(put(arn), 'KMS.DisabledException', `${arn} is disabled.`)
  aws.setKmsKeyState({ arn, state: 'PendingDeletion' })
  await assertRefused(put(arn), 'KMS.KMSInvalidStateException', `${arn} is pending deletion.`)
  aws.setKmsKeyState({ arn, state: 'Enabled' })
  await put(arn)
  const elsewhere = aws.createKmsKey({ accountId, region: 'eu-west-1' })
  await assertRefused(put(elsewhere), 'KMS.NotFoundException', 'Invalid arn eu-west-1')
  const missing = `${arn.slice(0, -4)}0000`
  await assertRefused(put(missing), 'KMS.NotFoundException', `Key '${missing}' does not exist`)
  const unknown = () => aws.setKmsKeyState({ arn: missing, state: 'Disabled' })
  assert.throws(unknown, /There is no key/)
})

test('who may not use the key is told which action is missing, and not its state', async (t) => {
  const { aws, owner, s3, theirs, input } = await start(t)
  const { accountId } = owner
  const arn = aws.createKmsKey({ accountId, region: 'us-east-1' })
  const rule = { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arn } as const
  await s3.send(
    new PutBucketEncryptionCommand({
      Bucket,
      ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: rule }] },
    }),
  )
  aws.setKmsKeyState({ arn, state: 'Disabled' })
  await assertRefused(
    theirs.send(new PutObjectCommand(input)),
    'AccessDenied',
    `is not authorized to perform: kms:GenerateDataKey on resource: ${arn}`,
  )
  await assertRefused(s3.send(new PutObjectCommand(input)), 'KMS.DisabledException')
})
