import type { STSClientConfig } from '@aws-sdk/client-sts'
import type { RoleAccess } from './access.ts'
import { createRoleAssumer, type Session } from './assume-role.ts'
import type { CustomerBucket } from './customer-bucket.ts'
import type { ProofTiming } from './prove-role.ts'
import { abortUpload, type OpenedS3, putFile } from './put-file.ts'
import { firstRegionOf } from './regions.ts'
import { accessOf, codeOf, openRoleSession, type RoleUse } from './role-sessions.ts'
import { createS3Client, findBucketRegion } from './s3-session.ts'
import { type Sender, startSender } from './sender.ts'
import { keepSession, type SessionKeeper } from './session-keeper.ts'
import { roleOf } from './session-policy.ts'
import type { BucketTarget } from './target.ts'

/** Opens customers' buckets with our one identity. */
export interface Delivery extends AsyncDisposable {
  /**
   * Proves the role, narrows a session to the target, and finds the bucket's region where it is not known.
   * No call to S3 comes before the role has refused every wrong external id. Throws OutputError,
   * TransientError, or the signal's reason.
   */
  openBucket(target: BucketTarget, options: OpenBucketOptions): Promise<CustomerBucket>
}

export interface OpenBucketOptions {
  /** Ends every call of the bucket. */
  signal: AbortSignal
  /** For the record: `export task <id>`. */
  why: string
  /** Awaited before each file; throws when the output may not be used any more. */
  assertUsable(): Promise<void>
  /** Awaited after each use of the role. */
  onAccess(access: RoleAccess): Promise<void>
}

export interface DeliveryOptions {
  /** The user or role that customers name in their trust policies. */
  principalArn: string
  /** Where AWS is and who we are there; empty, the SDK's default chain says both. */
  aws: Pick<STSClientConfig, 'endpoint' | 'region' | 'credentials'>
  clock: { now(): Date }
  timing?: Partial<ProofTiming>
}

/** IAM's changes arrive within seconds, in both directions. */
const timingDefault: ProofTiming = { probePauseMs: 5_000, iamDelayMs: 15_000 }

export function openDelivery(options: DeliveryOptions): Delivery {
  const { aws, principalArn, clock } = options
  const assumer = createRoleAssumer(aws)
  const sender = startSender()
  const timing = { ...timingDefault, ...options.timing }
  return {
    openBucket: async (target, opened) => {
      const { partition } = roleOf(target.roleArn)
      const region = target.region ?? (await assumer.ownRegion()) ?? firstRegionOf(partition)
      const use: RoleUse = {
        assumer,
        principalArn,
        target,
        region,
        timing,
        why: opened.why,
        signal: opened.signal,
        now: () => clock.now(),
        onAccess: opened.onAccess,
      }
      return openBucket(use, opened, { endpoint: aws.endpoint, sender })
    },
    [Symbol.asyncDispose]: async () => {
      assumer[Symbol.dispose]()
      await sender[Symbol.asyncDispose]()
    },
  }
}

interface Way {
  endpoint: DeliveryOptions['aws']['endpoint']
  sender: Sender
}

async function openBucket(
  use: RoleUse,
  opened: OpenBucketOptions,
  way: Way,
): Promise<CustomerBucket> {
  const first = await openRoleSession(use)
  const keeper = keepSession(first, {
    renew: () => openRoleSession(use),
    now: () => use.now().getTime(),
  })
  const region = use.target.region ?? (await findRegionOf(use, { ...way, keeper, first }))
  const client = createS3Client({ ...way, region, keeper })
  const s3 = { client, sender: way.sender, target: { ...use.target, region } }
  return bucketOf({ ...use, ...opened, keeper, s3 })
}

async function findRegionOf(use: RoleUse, opened: Way & { keeper: SessionKeeper; first: Session }) {
  const { first } = opened
  const client = createS3Client({ ...opened, region: use.region })
  const access = { ...accessOf(use, 'FIND_REGION'), accessKeyId: first.accessKeyId }
  try {
    const { region, requestId } = await findBucketRegion(client, use.target, use.signal)
    await use.onAccess({ ...access, s3RequestIds: requestId ? [requestId] : [], outcome: 'OK' })
    return region
  } catch (error) {
    await use.onAccess({ ...access, outcome: codeOf(error) })
    throw error
  } finally {
    client.destroy()
  }
}

/** Each call leaves its record, whatever became of it. */
function bucketOf(
  open: OpenBucketOptions &
    Pick<RoleUse, 'now' | 'target'> & { keeper: SessionKeeper; s3: OpenedS3 },
): CustomerBucket {
  const { s3, keeper, onAccess } = open
  const recorded = async (
    action: 'PUT_OBJECT' | 'ABORT_UPLOAD',
    objectKey: string,
    call: () => Promise<{ requestIds: string[] }>,
  ) => {
    const { accessKeyId } = await keeper.current()
    const access = { ...accessOf(open, action), accessKeyId, objectKey }
    try {
      const answer = await call()
      await onAccess({ ...access, s3RequestIds: answer.requestIds, outcome: 'OK' })
      return answer
    } catch (error) {
      await onAccess({ ...access, s3RequestIds: requestIdsOf(error), outcome: codeOf(error) })
      throw error
    }
  }
  return {
    putFile: async (file, options) => {
      await open.assertUsable()
      const signal = AbortSignal.any([open.signal, options.signal])
      return recorded('PUT_OBJECT', file.objectKey, () => putFile(s3, file, { ...options, signal }))
    },
    abortUpload: async (objectKey, uploadId) => {
      await recorded('ABORT_UPLOAD', objectKey, () => abortUpload(s3, { objectKey, uploadId }))
    },
    [Symbol.asyncDispose]: async () => s3.client.destroy(),
  }
}

function requestIdsOf(error: unknown): string[] {
  const { requestId } = Object(Object(error).details)
  return typeof requestId === 'string' ? [requestId] : []
}
