import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketAclCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import type { LocalAccount, LocalAws } from '../local-aws.ts'
import { assertRefused, clientOptions, makeDirectory, policyText, startAws } from '../testing.ts'

const MIB = 1024 ** 2

function openS3Client(
  test: TestContext,
  aws: LocalAws,
  account: LocalAccount,
  region = 'eu-central-1',
) {
  const s3 = new S3Client({ ...clientOptions(aws, account), region })
  test.after(() => s3.destroy())
  return s3
}

async function startBucket(test: TestContext, options: { dataDirectory?: string } = {}) {
  const aws = await startAws(test, options)
  const owner = await aws.createAccount()
  const s3 = openS3Client(test, aws, owner)
  const Bucket = `samples-${randomBytes(6).toString('hex')}`
  await s3.send(
    new CreateBucketCommand({
      Bucket,
      CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
    }),
  )
  return { aws, owner, s3, Bucket }
}

test('a stranger is refused, until the bucket policy lets them in', async (t) => {
  const { aws, owner, s3, Bucket } = await startBucket(t)
  const stranger = await aws.createAccount()
  const theirs = openS3Client(t, aws, stranger)
  const put = () => theirs.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))
  await assertRefused(put(), 'AccessDenied')
  await assertRefused(theirs.send(new GetObjectCommand({ Bucket, Key: 'a' })), 'AccessDenied')
  await s3.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: policyText({
        Effect: 'Allow',
        Principal: { AWS: stranger.accountId },
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${Bucket}/*`,
      }),
    }),
  )
  await put()
  await assertRefused(theirs.send(new GetObjectCommand({ Bucket, Key: 'a' })), 'AccessDenied')
  const other = { Bucket, Key: 'a', ExpectedBucketOwner: stranger.accountId }
  await assertRefused(s3.send(new GetObjectCommand(other)), 'AccessDenied')
  const right = { Bucket, Key: 'a', ExpectedBucketOwner: owner.accountId }
  const { Body } = await s3.send(new GetObjectCommand(right))
  assert.equal(await Body?.transformToString(), 'x')
})

test('a bucket that is missing, and one of another region, are told apart', async (t) => {
  const { aws, owner, s3, Bucket } = await startBucket(t)
  const missing = { Bucket: `${Bucket}-missing`, Key: 'a', Body: 'x' }
  await assertRefused(s3.send(new PutObjectCommand(missing)), 'NoSuchBucket')
  const elsewhere = openS3Client(t, aws, owner, 'us-west-2')
  await assertRefused(
    elsewhere.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' })),
    'PermanentRedirect',
  )
  await assert.rejects(elsewhere.send(new HeadBucketCommand({ Bucket })), (error) => {
    assert.equal(Object(error).$response.headers['x-amz-bucket-region'], 'eu-central-1')
    return true
  })
})

test('bytes other than the checksum said are not stored', async (t) => {
  const { s3, Bucket } = await startBucket(t)
  const wrong = { Bucket, Key: 'a', Body: 'x', ChecksumCRC64NVME: 'AAAAAAAAAAA=' }
  await assertRefused(s3.send(new PutObjectCommand(wrong)), 'BadDigest')
  const ContentMD5 = createHash('md5').update('y').digest('base64')
  const wrongMd5 = { Bucket, Key: 'a', Body: 'x', ContentMD5 }
  await assertRefused(s3.send(new PutObjectCommand(wrongMd5)), 'BadDigest')
  await assertRefused(s3.send(new GetObjectCommand({ Bucket, Key: 'a' })), 'NoSuchKey')
})

test('If-None-Match creates and never overwrites, If-Match replaces what it names', async (t) => {
  const { s3, Bucket } = await startBucket(t)
  const put = (more: object) =>
    s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x', ...more }))
  await assertRefused(put({ IfMatch: '"0"' }), 'NoSuchKey')
  const { ETag } = await put({ IfNoneMatch: '*' })
  await assertRefused(put({ IfNoneMatch: '*' }), 'PreconditionFailed')
  await assertRefused(put({ IfMatch: '"0"' }), 'PreconditionFailed')
  await put({ IfMatch: ETag })
})

test('an ACL that changes anything is refused where ACLs are disabled', async (t) => {
  const { s3, Bucket } = await startBucket(t)
  const put = (ACL: 'public-read' | 'bucket-owner-read' | 'bucket-owner-full-control') =>
    s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x', ACL }))
  await assertRefused(put('public-read'), 'AccessDenied')
  await assertRefused(put('bucket-owner-read'), 'AccessControlListNotSupported')
  await put('bucket-owner-full-control')
})

test('what is not there answers NotImplemented with the operation’s name', async (t) => {
  const { s3, Bucket } = await startBucket(t)
  const ask = s3.send(new GetBucketAclCommand({ Bucket }))
  await assertRefused(ask, 'NotImplemented', 'GetBucketAcl')
  const Rules = [{ Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration: { Days: 1 } }]
  const LifecycleConfiguration = { Rules }
  await assertRefused(
    s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration })),
    'NotImplemented',
    'PutBucketLifecycleConfiguration',
  )
  await assertRefused(
    s3.send(new ListObjectVersionsCommand({ Bucket })),
    'NotImplemented',
    'ListObjectVersions',
  )
})

test('an object comes back as it was put, whole and in ranges', async (t) => {
  const { s3, Bucket } = await startBucket(t)
  const body = randomBytes(3 * MIB)
  const Key = 'ordner/größe & +1.csv'
  await s3.send(
    new PutObjectCommand({
      Bucket,
      Key,
      Body: body,
      ContentType: 'text/csv',
      Metadata: { md5: 'abc' },
    }),
  )
  const whole = await s3.send(new GetObjectCommand({ Bucket, Key }))
  assert.deepEqual(Buffer.from((await whole.Body?.transformToByteArray()) ?? []), body)
  assert.deepEqual([whole.ContentType, whole.Metadata], ['text/csv', { md5: 'abc' }])
  const Range = 'bytes=1048570-1048579'
  const part = await s3.send(new GetObjectCommand({ Bucket, Key, Range }))
  assert.equal(part.ContentRange, `bytes 1048570-1048579/${3 * MIB}`)
  const bytes = Buffer.from((await part.Body?.transformToByteArray()) ?? [])
  assert.deepEqual(bytes, body.subarray(1048570, 1048580))
  const beyond = { Bucket, Key, Range: 'bytes=9999999-' }
  await assertRefused(s3.send(new GetObjectCommand(beyond)), 'InvalidRange')
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key }))
  assert.equal(head.ContentLength, 3 * MIB)
  await s3.send(
    new CopyObjectCommand({
      Bucket,
      Key: 'copy',
      CopySource: encodeURI(`${Bucket}/${Key}`).replace('&', '%26').replace('+', '%2B'),
    }),
  )
  const copy = await s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))
  assert.deepEqual([copy.ContentLength, copy.Metadata], [3 * MIB, { md5: 'abc' }])
})

test('keys are listed in order, in pages, and by their folders', async (t) => {
  const { s3, Bucket } = await startBucket(t)
  const keys = ['a/1', 'a/2', 'b', 'c/d/1', 'c/e', 'z']
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))
  const seen: string[] = []
  let ContinuationToken: string | undefined
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket, Delimiter: '/', MaxKeys: 2, ContinuationToken }),
    )
    seen.push(...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix))
    seen.push(...(page.Contents ?? []).map(({ Key = '' }) => Key))
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
  assert.deepEqual(seen.sort(), ['a/', 'b', 'c/', 'z'])
  const under = await s3.send(
    new ListObjectsV2Command({ Bucket, Prefix: 'c/', StartAfter: 'c/d/1' }),
  )
  assert.deepEqual(
    under.Contents?.map(({ Key }) => Key),
    ['c/e'],
  )
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'missing' }))
  const Objects = keys.map((Key) => ({ Key }))
  const deleted = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
  assert.equal(deleted.Deleted?.length, keys.length)
  const rest = await s3.send(new ListObjectsV2Command({ Bucket }))
  assert.equal(rest.KeyCount, 0)
})

test('an upload is completed from its parts only as they were sent', async (t) => {
  const { s3, Bucket } = await startBucket(t)
  const Key = 'big'
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC64NVME' }),
  )
  const bodies = [randomBytes(5 * MIB), randomBytes(10)]
  const send = (PartNumber: number, Body: Buffer) =>
    s3.send(
      new UploadPartCommand({
        Bucket,
        Key,
        UploadId,
        PartNumber,
        Body,
        ChecksumAlgorithm: 'CRC64NVME',
      }),
    )
  await assertRefused(send(10_001, Buffer.from('x')), 'InvalidArgument')
  const answers = await Promise.all(bodies.map((body, index) => send(index + 1, body)))
  const Parts = answers.map(({ ETag, ChecksumCRC64NVME }, index) => ({
    PartNumber: index + 1,
    ETag,
    ChecksumCRC64NVME,
  }))
  const complete = (parts: typeof Parts, more: object = {}) =>
    s3.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: parts },
        ...more,
      }),
    )
  await assertRefused(complete([...Parts].reverse()), 'InvalidPartOrder')
  await assertRefused(complete([{ ...Parts[0], ETag: '"0"' } as never]), 'InvalidPart')
  const wrong = { ChecksumCRC64NVME: 'AAAAAAAAAAA=', ChecksumType: 'FULL_OBJECT' }
  await assertRefused(complete(Parts, wrong), 'BadDigest')
  await assertRefused(complete(Parts, { MpuObjectSize: 7 }), 'InvalidRequest')
  const listed = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }))
  assert.deepEqual(
    listed.Parts?.map(({ Size }) => Size),
    [5 * MIB, 10],
  )
  const whole = Buffer.concat(bodies)
  const once = await s3.send(
    new PutObjectCommand({ Bucket, Key: 'once', Body: whole, ChecksumAlgorithm: 'CRC64NVME' }),
  )
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'in the way' }))
  await assertRefused(complete(Parts, { IfNoneMatch: '*' }), 'PreconditionFailed')
  const done = await complete(Parts, {
    ChecksumCRC64NVME: once.ChecksumCRC64NVME,
    ChecksumType: 'FULL_OBJECT',
  })
  assert.match(done.ETag ?? '', /-2"$/)
  assert.equal(done.ChecksumCRC64NVME, once.ChecksumCRC64NVME)
  assert.equal((await complete(Parts)).ETag, done.ETag)
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
  assert.deepEqual(Buffer.from((await Body?.transformToByteArray()) ?? []), whole)
  await assertRefused(send(3, Buffer.from('late')), 'NoSuchUpload')
})

test('a part under 5 MiB that is not the last, and an aborted upload, make no object', async (t) => {
  const { s3, Bucket } = await startBucket(t)
  const Key = 'small'
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
  const Parts = []
  for (const PartNumber of [1, 2]) {
    const { ETag, ChecksumCRC32 } = await s3.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: 'tiny' }),
    )
    Parts.push({ PartNumber, ETag, ChecksumCRC32 })
  }
  const complete = { Bucket, Key, UploadId, MultipartUpload: { Parts } }
  await assertRefused(s3.send(new CompleteMultipartUploadCommand(complete)), 'EntityTooSmall')
  const open = await s3.send(new ListMultipartUploadsCommand({ Bucket }))
  assert.deepEqual(
    open.Uploads?.map((upload) => upload.UploadId),
    [UploadId],
  )
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
  await assertRefused(s3.send(new CompleteMultipartUploadCommand(complete)), 'NoSuchUpload')
})

test('objects and uploads are still there after a restart, and nothing else is', async (t) => {
  const dataDirectory = await makeDirectory(t)
  const { aws, owner, s3, Bucket } = await startBucket(t, { dataDirectory })
  const body = randomBytes(12 * MIB)
  await new Upload({ client: s3, params: { Bucket, Key: 'big', Body: body } }).done()
  await assertRefused(
    s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'bad',
        Body: 'x',
        ChecksumSHA1: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=',
      }),
    ),
    'BadDigest',
  )
  await aws.close()
  const again = openS3Client(t, await startAws(t, { dataDirectory }), owner)
  const { Body } = await again.send(new GetObjectCommand({ Bucket, Key: 'big' }))
  assert.deepEqual(Buffer.from((await Body?.transformToByteArray()) ?? []), body)
  await again.send(new DeleteObjectCommand({ Bucket, Key: 'big' }))
  const entries = await readdir(join(dataDirectory, 's3', 'objects'), {
    recursive: true,
    withFileTypes: true,
  })
  assert.deepEqual(
    entries.filter((entry) => entry.isFile()),
    [],
  )
})
