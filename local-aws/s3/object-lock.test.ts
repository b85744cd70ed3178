import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { assertRefused, clientOptions, startAws } from '../testing.ts'

const Bucket = 'samples-under-lock'
const object = { Bucket, Key: 'a' }

async function start(t: TestContext, { isLocked = true } = {}) {
  let now = Date.now()
  const aws = await startAws(t, { clock: () => new Date(now) })
  const owner = await aws.createAccount()
  const options = { ...clientOptions(aws, owner), region: 'us-east-1' }
  // Sends digests only where it is told to, as older clients do.
  const s3 = new S3Client({ ...options, requestChecksumCalculation: 'WHEN_REQUIRED' })
  t.after(() => s3.destroy())
  await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: isLocked }))
  const retain = (Days: number) =>
    s3.send(
      new PutObjectLockConfigurationCommand({
        Bucket,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days } },
        },
      }),
    )
  const ContentMD5 = createHash('md5').update('x').digest('base64')
  const put = () => s3.send(new PutObjectCommand({ ...object, Body: 'x', ContentMD5 }))
  /** For the server and the client alike. */
  const pass = (ms: number) => {
    now += ms
    s3.config.systemClockOffset += ms
  }
  return { s3, retain, put, pass }
}

test('a put without a digest is refused under a default retention', async (t) => {
  const { s3, retain, put } = await start(t)
  const plain = () => s3.send(new PutObjectCommand({ ...object, Body: 'x' }))
  await plain()
  await retain(1)
  await assertRefused(
    plain(),
    'InvalidRequest',
    'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
  )
  await put()
  await s3.send(new PutObjectCommand({ ...object, Body: 'x', ChecksumAlgorithm: 'CRC32' }))
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object))
  const part = { ...object, UploadId, PartNumber: 1, Body: 'x' }
  await assertRefused(s3.send(new UploadPartCommand(part)), 'InvalidRequest', 'for Put Part')
  const ContentMD5 = createHash('md5').update('x').digest('base64')
  const { ETag } = await s3.send(new UploadPartCommand({ ...part, ContentMD5 }))
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] }
  const completed = await s3.send(
    new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload }),
  )
  assert.ok(completed.VersionId)
})

test('a protected version is not removed, and what is not done says so', async (t) => {
  const { s3, retain, put, pass } = await start(t)
  await retain(1)
  const { VersionId } = await put()
  assert.ok(VersionId)
  const removeVersion = () => s3.send(new DeleteObjectCommand({ ...object, VersionId }))
  await assertRefused(removeVersion(), 'AccessDenied', 'object protected by object lock')
  const head = await s3.send(new HeadObjectCommand(object))
  assert.equal(head.VersionId, VersionId)
  assert.equal(head.ObjectLockMode, 'COMPLIANCE')
  await put()
  await assertRefused(removeVersion(), 'AccessDenied', 'object protected by object lock')
  const marker = await s3.send(new DeleteObjectCommand(object))
  assert.equal(marker.DeleteMarker, true)
  await assertRefused(s3.send(new GetObjectCommand(object)), 'NoSuchKey')
  await assertRefused(s3.send(new DeleteBucketCommand({ Bucket })), 'BucketNotEmpty')
  pass(25 * 3_600_000)
  await assertRefused(removeVersion(), 'NotImplemented')
  await assertRefused(s3.send(new ListObjectVersionsCommand({ Bucket })), 'NotImplemented')
})

test('a bucket without Object Lock takes no configuration of it', async (t) => {
  const { s3, retain } = await start(t, { isLocked: false })
  await assertRefused(retain(1), 'InvalidBucketState')
  const read = s3.send(new GetObjectLockConfigurationCommand({ Bucket }))
  await assertRefused(read, 'ObjectLockConfigurationNotFoundError')
  const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket }))
  assert.equal(Status, undefined)
})

test('the configuration is read as it was set', async (t) => {
  const { s3, retain } = await start(t)
  const read = async () =>
    (await s3.send(new GetObjectLockConfigurationCommand({ Bucket }))).ObjectLockConfiguration
  assert.deepEqual(await read(), { ObjectLockEnabled: 'Enabled' })
  await assertRefused(retain(0), 'InvalidArgument', 'positive integer')
  await retain(30)
  assert.deepEqual(await read(), {
    ObjectLockEnabled: 'Enabled',
    Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 30 } },
  })
  const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket }))
  assert.equal(Status, 'Enabled')
})
