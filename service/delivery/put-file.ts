import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import pRetry from 'p-retry'
import { forEachAtOnce } from '#at-once'
import { OutputError, TransientError } from '#errors'
import { bucketOwnerOf } from '#setup'
import { faultOf, hasDoneNothing } from './aws-fault.ts'
import type { FileToPut, PutOptions } from './customer-bucket.ts'
import { type AwsAnswer, callS3 } from './s3-session.ts'
import { FileBody, type Sender } from './sender.ts'
import { sendsAcl } from './session-policy.ts'
import type { BucketTarget } from './target.ts'

export interface OpenedS3 {
  readonly client: S3Client
  readonly sender: Sender
  readonly target: BucketTarget
  readonly sizes: UploadSizes
  /** Of S3's answers to one use, with those that were refused; for its record. */
  readonly requestIds: string[]
}

export interface UploadSizes {
  /** A file up to this size goes in one request, which carries its SHA-256; a larger one needs its CRC64NVME. */
  readonly wholeBytesMax: number
  /** S3 takes no part but the last below 5 MiB. */
  readonly partBytesMin: number
}

export const uploadSizes: UploadSizes = {
  wholeBytesMax: 64 * 1024 ** 2,
  partBytesMin: 16 * 1024 ** 2,
}
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const PARTS_MAX = 10_000
const PARTS_AT_ONCE = 4
/** Tries of one part after the first; the task has a budget of its own beyond that. */
const PART_RETRIES = 4
const PART_RETRY_MS_FIRST = 250
const PART_RETRY_MS_MAX = 5_000
const ABORT_TIMEOUT_MS = 10_000

interface Part {
  readonly number: number
  readonly start: number
  readonly bytes: number
}

/** The fewest equal parts of at least this size that S3 takes. */
export function planParts(bytes: number, { partBytesMin } = uploadSizes): Part[] {
  const size = Math.max(partBytesMin, Math.ceil(bytes / PARTS_MAX))
  return Array.from({ length: Math.ceil(bytes / size) }, (_, index) => ({
    number: index + 1,
    start: index * size,
    bytes: Math.min(size, bytes - index * size),
  }))
}

/** Resolves when S3 has stored all bytes and found their checksum right: its own multipart SHA-256 is none of the whole. */
export function putFile(s3: OpenedS3, file: FileToPut, options: PutOptions): Promise<void> {
  return file.bytes <= s3.sizes.wholeBytesMax
    ? putWhole(s3, file, options)
    : putInParts(s3, file, options)
}

async function putWhole(s3: OpenedS3, file: FileToPut, options: PutOptions): Promise<void> {
  const { mode, signal } = options
  const command = new PutObjectCommand({
    ...placeOf(s3, file),
    ...settingsOf(s3.target, file),
    ...conditionOf(mode),
    Body: new FileBody({ path: file.path, start: 0, bytes: file.bytes }),
    ContentLength: file.bytes,
    ChecksumSHA256: Buffer.from(file.sha256, 'hex').toString('base64'),
  })
  await store(s3, file, options, () => s3.client.send(command, { abortSignal: signal }))
}

/**
 * A part that fails for a passing reason is sent again; completion is not, because an answer that was lost
 * could mean that the object is there. Nothing of an upload stays that cannot be completed any more.
 */
async function putInParts(s3: OpenedS3, file: FileToPut, options: PutOptions): Promise<void> {
  const { mode, signal } = options
  const { crc64nvme } = file
  if (crc64nvme === undefined) throw new Error('A file that goes in parts has no CRC64NVME.')
  const place = placeOf(s3, file)
  const created = await send(s3, file, signal, 's3:PutObject', () =>
    s3.client.send(
      new CreateMultipartUploadCommand({
        ...place,
        ...settingsOf(s3.target, file),
        ChecksumAlgorithm: 'CRC64NVME',
        ChecksumType: 'FULL_OBJECT',
      }),
      { abortSignal: signal },
    ),
  )
  const uploadId = created.UploadId
  if (uploadId === undefined) throw new Error('S3 began an upload without an id.')
  let isCompleting = false
  try {
    await options.onUploadStarted?.(uploadId)
    const parts = await putParts(s3, file, { uploadId, signal })
    isCompleting = true
    await store(s3, file, options, () =>
      s3.client.send(
        new CompleteMultipartUploadCommand({
          ...place,
          ...conditionOf(mode),
          UploadId: uploadId,
          ChecksumCRC64NVME: crc64nvme,
          ChecksumType: 'FULL_OBJECT',
          MpuObjectSize: file.bytes,
          MultipartUpload: { Parts: parts },
        }),
        { abortSignal: signal },
      ),
    )
  } catch (error) {
    const mayBeComplete = isCompleting && !(error instanceof OutputError)
    if (!mayBeComplete)
      await abortUpload(s3, { objectKey: file.objectKey, uploadId }).catch(() => {})
    throw error
  }
}

/** Sends a request that may store the object, and tells of it. */
async function store<Answer extends AwsAnswer>(
  s3: OpenedS3,
  file: FileToPut,
  { signal, onStoring, onNothingStored }: PutOptions,
  call: () => Promise<Answer>,
): Promise<void> {
  await onStoring?.()
  let mayBeStored = false
  try {
    await send(s3, file, signal, 's3:PutObject', () => {
      mayBeStored = true
      return call().catch((error: unknown) => {
        mayBeStored = !hasDoneNothing(faultOf(error)) // what is thrown may be the signal's reason
        throw error
      })
    })
  } catch (error) {
    if (!mayBeStored) onNothingStored?.()
    throw error
  }
}

interface Upload {
  uploadId: string
  signal: AbortSignal
}

interface SentPart {
  PartNumber: number
  ETag: string | undefined
  ChecksumCRC64NVME: string
}

async function putParts(s3: OpenedS3, file: FileToPut, upload: Upload): Promise<SentPart[]> {
  const sent: SentPart[] = []
  const options = { count: PARTS_AT_ONCE, signal: upload.signal }
  await forEachAtOnce(planParts(file.bytes, s3.sizes), options, async (part, signal) => {
    sent.push(await putPart(s3, file, part, { ...upload, signal }))
  })
  return sent.sort((a, b) => a.PartNumber - b.PartNumber)
}

async function putPart(
  s3: OpenedS3,
  file: FileToPut,
  part: Part,
  { uploadId, signal }: Upload,
): Promise<SentPart> {
  const range = { path: file.path, start: part.start, bytes: part.bytes }
  const crc64nvme = await s3.sender.checksumOf(range, signal)
  const sendOnce = () =>
    send(s3, file, signal, 's3:PutObject', () =>
      s3.client.send(
        new UploadPartCommand({
          ...placeOf(s3, file),
          UploadId: uploadId,
          PartNumber: part.number,
          Body: new FileBody(range),
          ContentLength: part.bytes,
          ChecksumCRC64NVME: crc64nvme,
        }),
        { abortSignal: signal },
      ),
    )
  const { ETag } = await pRetry(sendOnce, {
    retries: PART_RETRIES,
    minTimeout: PART_RETRY_MS_FIRST,
    maxTimeout: PART_RETRY_MS_MAX,
    randomize: true,
    signal,
    shouldRetry: ({ error }) => error instanceof TransientError,
  })
  return { PartNumber: part.number, ETag, ChecksumCRC64NVME: crc64nvme }
}

/** Throws what S3 said; the parts of the upload cost the customer money until it is gone. */
export async function abortUpload(
  s3: OpenedS3,
  { objectKey, uploadId }: { objectKey: string; uploadId: string },
  timeoutMs = ABORT_TIMEOUT_MS,
): Promise<void> {
  const signal = AbortSignal.timeout(timeoutMs)
  const command = new AbortMultipartUploadCommand({
    ...placeOf(s3, { objectKey }),
    UploadId: uploadId,
  })
  await send(s3, { objectKey }, signal, 's3:AbortMultipartUpload', () =>
    s3.client.send(command, { abortSignal: signal }),
  ).catch((error: unknown) => {
    if (error !== signal.reason) throw error
    const message = `S3 did not answer within ${timeoutMs / 1000} s when an upload was to be aborted.`
    throw new TransientError('AWS_UNAVAILABLE', message, { cause: error })
  })
}

function send<Answer extends AwsAnswer>(
  { target, requestIds }: OpenedS3,
  { objectKey }: { objectKey: string },
  signal: AbortSignal,
  action: string,
  call: () => Promise<Answer>,
): Promise<Answer> {
  return callS3(call, { target, action, objectKey, signal, requestIds })
}

export function placeOf(
  { target }: Pick<OpenedS3, 'target'>,
  { objectKey }: { objectKey: string },
) {
  return {
    Bucket: target.bucketName,
    Key: objectKey,
    ExpectedBucketOwner: bucketOwnerOf(target),
  }
}

export function settingsOf(
  target: BucketTarget,
  file: Pick<FileToPut, 'contentType' | 'metadata'>,
) {
  const { kmsKeyArn } = target
  return {
    ContentType: file.contentType,
    Metadata: file.metadata,
    ...(sendsAcl(target) && { ACL: 'bucket-owner-full-control' as const }),
    ...(kmsKeyArn !== undefined && {
      ServerSideEncryption: 'aws:kms' as const,
      SSEKMSKeyId: kmsKeyArn,
    }),
  }
}

/** `If-None-Match: *` needs no more than PutObject. */
export function conditionOf(mode: PutOptions['mode']) {
  return mode === 'create' ? { IfNoneMatch: '*' } : {}
}
