import {
  HeadBucketCommand,
  type HeadBucketCommandOutput,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { OutputError, TransientError } from '#errors'
import { bucketOwnerOf, roleOf } from '#setup'
import { earlierRequestIdsOf, tellEarlier } from './aws-call.ts'
import { type AwsFault, faultOf } from './aws-fault.ts'
import { type Observer, observeCalls } from './observe-calls.ts'
import { type AwsRegion, findRegion } from './regions.ts'
import { errorOfS3, sessionCodes } from './s3-errors.ts'
import type { Sender } from './sender.ts'
import type { SessionKeeper } from './session-keeper.ts'
import type { BucketTarget } from './target.ts'

const ignore = () => {}
const silent = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore }

/** S3 with the session's credentials and no others. It repeats no request but for the time: whoever sends decides that. */
export function createS3Client(options: {
  endpoint: S3ClientConfig['endpoint'] | undefined
  region: string
  keeper: SessionKeeper
  sender: Sender
  observer?: Observer | undefined
}): S3Client {
  const { endpoint, region, keeper, sender, observer } = options
  const credentials = async () => {
    const session = await keeper.current()
    return {
      accessKeyId: session.accessKeyId,
      secretAccessKey: session.secretAccessKey.open(),
      sessionToken: session.sessionToken.open(),
    }
  }
  const client = new S3Client({
    ...(endpoint && { endpoint, forcePathStyle: true }),
    region,
    // The SDK would keep a session for good: the keeper decides.
    credentials: Object.assign(credentials, { memoized: true }),
    maxAttempts: 1,
    followRegionRedirects: false, // the region in an answer is read, its endpoint never followed
    useArnRegion: false,
    disableS3ExpressSessionAuth: true,
    disableMultiregionAccessPoints: true,
    requestChecksumCalculation: 'WHEN_REQUIRED', // the checksums are known before anything is sent
    logger: silent, // the SDK would warn on the console that it does not repeat a stream
    requestHandler: sender.requestHandler,
  })
  observeCalls(client, 'S3', observer)
  sendOnceMoreInTime(client)
  sendOnceMoreRenewed(client, keeper)
  return client
}

/**
 * A new client knows the machine's clock alone. Where that is wrong, S3 refuses its first requests, whose answers
 * tell the time to the SDK: they did nothing, and are signed once more.
 */
function sendOnceMoreInTime({ middlewareStack }: S3Client): void {
  middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args)
      } catch (refusal) {
        const { httpStatusCode, clockSkewCorrected } = Object(Object(refusal).$metadata)
        if (httpStatusCode !== 403 || clockSkewCorrected !== true) throw refusal // a HEAD's has no code
        const again = await next(args).catch((error: unknown) => {
          throw tellEarlier(error, refusal)
        })
        tellEarlier(again.output, refusal)
        return again
      }
    },
    { step: 'serialize', priority: 'low', name: 'sendOnceMoreInTime' },
  )
}

/**
 * A session may be revoked or forgotten long before its end. What S3 refused did nothing, and is sent once more when
 * the keeper has another session: before the step that asks for credentials.
 */
function sendOnceMoreRenewed({ middlewareStack }: S3Client, keeper: SessionKeeper): void {
  middlewareStack.add(
    (next) => async (args) => {
      const session = await keeper.current()
      try {
        return await next(args)
      } catch (refusal) {
        const { code } = faultOf(refusal)
        const isDead = sessionCodes.has(code)
        if (!isDead && code !== 'AccessDenied') throw refusal
        const isReplaced = await keeper
          .replace(session, isDead ? 'DEAD' : 'DENIED')
          .catch((cause: unknown) => {
            throw tellEarlier(new SessionLost(cause), refusal)
          })
        if (!isReplaced) throw refusal
        const again = await next(args).catch((error: unknown) => {
          throw tellEarlier(error, refusal)
        })
        tellEarlier(again.output, refusal)
        return again
      }
    },
    { step: 'initialize', priority: 'high', name: 'sendOnceMoreRenewed' },
  )
}

/** Why there is no other session than one that S3 refused; many calls may have that cause, each its own refusal. */
class SessionLost extends Error {
  override readonly name = 'SessionLost'
  constructor(cause: unknown) {
    super('There is no session in place of the one that S3 refused.', { cause })
  }
}

export interface AwsAnswer {
  readonly $metadata: { readonly requestId?: string | undefined }
}

/** Runs one call to S3; what it throws is the signal's reason, OutputError or TransientError. */
export async function callS3<Answer extends AwsAnswer>(
  call: () => Promise<Answer>,
  told: {
    target: BucketTarget
    action: string
    objectKey?: string | undefined
    signal: AbortSignal
    /** Gets those of S3's answers, whatever they were. */
    requestIds: string[]
  },
): Promise<Answer> {
  const { target, action, objectKey, signal, requestIds } = told
  signal.throwIfAborted()
  try {
    const answer = await call()
    keep(requestIds, answer, answer.$metadata)
    return answer
  } catch (error) {
    const fault = faultOf(error)
    keep(requestIds, error, fault)
    signal.throwIfAborted()
    const ours = error instanceof SessionLost ? error.cause : error
    if (ours instanceof OutputError || ours instanceof TransientError) throw ours
    throw errorOfS3(fault, { target, action, objectKey })
  }
}

function keep(requestIds: string[], ended: unknown, { requestId }: AwsAnswer['$metadata']): void {
  requestIds.push(...earlierRequestIdsOf(ended))
  if (requestId !== undefined) requestIds.push(requestId)
}

/**
 * Asks for the bucket by the header that HeadBucket's answer and most of its refusals carry.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
 */
export function headBucket(
  client: S3Client,
  target: BucketTarget,
  signal: AbortSignal,
): Promise<HeadBucketCommandOutput> {
  const command = new HeadBucketCommand({
    Bucket: target.bucketName,
    ExpectedBucketOwner: bucketOwnerOf(target),
  })
  return client.send(command, { abortSignal: signal })
}

type Found =
  | { readonly region: AwsRegion; readonly problem?: undefined }
  | { readonly region?: undefined; readonly problem: OutputError | TransientError }

/** Where the bucket is, by what S3 said to HeadBucket; where the output names a region, that must be it. */
export function regionOfHead(
  head: { region: string | undefined; fault: AwsFault | undefined },
  target: BucketTarget,
): Found {
  const { fault } = head
  const { partition } = roleOf(target.roleArn)
  const said = head.region === undefined ? undefined : findRegion(partition, head.region)
  const problemOf = (seen: AwsFault): Found => ({
    problem: errorOfS3(seen, { target, action: 's3:ListBucket', objectKey: undefined }),
  })
  if (fault?.status === 404) return problemOf({ ...fault, code: 'NoSuchBucket' })
  const isElsewhere = target.region !== undefined && said !== undefined && said !== target.region
  if (isElsewhere) return problemOf({ ...otherRegion, bucketRegion: said })
  const isRefused = fault === undefined || fault.status === 403 || fault.status === 400
  const region = said ?? (isRefused ? target.region : undefined)
  if (region !== undefined) return { region }
  return isRefused ? { problem: regionUnknown(target) } : problemOf(fault)
}

const otherRegion: AwsFault = {
  code: 'PermanentRedirect',
  message: '',
  status: 301,
  requestId: undefined,
  extendedRequestId: undefined,
  bucketRegion: undefined,
}

function regionUnknown({ bucketName, roleArn }: BucketTarget): OutputError {
  return new OutputError(
    'BUCKET_REGION_UNKNOWN',
    `The output names no region for the bucket ${bucketName}, and S3 does not tell ${roleArn} ` +
      'where it is.',
  )
}
