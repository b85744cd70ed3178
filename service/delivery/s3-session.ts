import { HeadBucketCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { OutputError, TransientError } from '#errors'
import { type AwsFault, faultOf } from './aws-fault.ts'
import { type AwsRegion, findRegion } from './regions.ts'
import { errorOfS3 } from './s3-errors.ts'
import type { Sender } from './sender.ts'
import type { SessionKeeper } from './session-keeper.ts'
import { ownerOf, roleOf } from './session-policy.ts'
import type { BucketTarget } from './target.ts'

const ignore = () => {}
const silent = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore }

/** S3 with the session's credentials and no others. It never repeats a request: whoever sends decides that. */
export function createS3Client(options: {
  endpoint: S3ClientConfig['endpoint'] | undefined
  region: string
  keeper: SessionKeeper
  sender: Sender
}): S3Client {
  const { endpoint, region, keeper, sender } = options
  return new S3Client({
    ...(endpoint && { endpoint, forcePathStyle: true }),
    region,
    credentials: async () => {
      const session = await keeper.current()
      return {
        accessKeyId: session.accessKeyId,
        secretAccessKey: session.secretAccessKey.open(),
        sessionToken: session.sessionToken.open(),
        expiration: session.expiresAt,
      }
    },
    maxAttempts: 1,
    followRegionRedirects: false, // the region in an answer is read, its endpoint never followed
    useArnRegion: false,
    disableS3ExpressSessionAuth: true,
    disableMultiregionAccessPoints: true,
    requestChecksumCalculation: 'WHEN_REQUIRED', // the checksums are known before anything is sent
    logger: silent, // the SDK would warn on the console that it does not repeat a stream
    requestHandler: sender.requestHandler,
  })
}

/** Runs one call to S3; what it throws is the signal's reason, OutputError or TransientError. */
export async function callS3<Answer>(
  call: () => Promise<Answer>,
  told: {
    target: BucketTarget
    action: string
    objectKey?: string | undefined
    signal: AbortSignal
  },
): Promise<Answer> {
  const { target, action, objectKey, signal } = told
  signal.throwIfAborted()
  try {
    return await call()
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof OutputError || error instanceof TransientError) throw error
    throw errorOfS3(faultOf(error), { target, action, objectKey })
  }
}

/**
 * Where the bucket is, by the header that HeadBucket's answer and most of its refusals carry.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
 */
export async function findBucketRegion(
  client: S3Client,
  target: BucketTarget,
  signal: AbortSignal,
): Promise<{ region: AwsRegion; requestId: string | undefined }> {
  const { name, fault, requestId } = await headBucket(client, target, signal)
  const { partition } = roleOf(target.roleArn)
  const region = name === undefined ? undefined : findRegion(partition, name)
  if (region !== undefined) return { region, requestId }
  if (fault === undefined || fault.status === 403 || fault.status === 400)
    throw new OutputError(
      'BUCKET_REGION_UNKNOWN',
      `The output names no region for the bucket ${target.bucketName}, and S3 does not tell ` +
        `${target.roleArn} where it is.`,
    )
  const isMissing = fault.status === 404
  const seen = isMissing ? { ...fault, code: 'NoSuchBucket' } : fault
  throw errorOfS3(seen, { target, action: 's3:ListBucket', objectKey: undefined })
}

interface Head {
  name: string | undefined
  fault: AwsFault | undefined
  requestId: string | undefined
}

async function headBucket(
  client: S3Client,
  target: BucketTarget,
  signal: AbortSignal,
): Promise<Head> {
  const command = new HeadBucketCommand({
    Bucket: target.bucketName,
    ExpectedBucketOwner: ownerOf(target),
  })
  signal.throwIfAborted()
  try {
    const { BucketRegion, $metadata } = await client.send(command, { abortSignal: signal })
    return { name: BucketRegion, fault: undefined, requestId: $metadata.requestId }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof OutputError || error instanceof TransientError) throw error
    const fault = faultOf(error)
    return { name: fault.bucketRegion, fault, requestId: fault.requestId }
  }
}
