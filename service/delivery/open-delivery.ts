import type { STSClientConfig } from '@aws-sdk/client-sts'
import { OutputError } from '#errors'
import { roleOf } from '#setup'
import type { AccessAction, RoleAccess } from './access.ts'
import { createRoleAssumer, type RoleAssumer, type Session } from './assume-role.ts'
import { callAws, requestIdsOf } from './aws-call.ts'
import type { Check } from './check.ts'
import type { CustomerBucket } from './customer-bucket.ts'
import { askAgain, isRefusedPut } from './iam-delay.ts'
import { type Inspection, inspectTarget } from './inspect.ts'
import type { Observer } from './observe-calls.ts'
import type { ProofTiming } from './prove-role.ts'
import { abortUpload, type OpenedS3, putFile, type UploadSizes, uploadSizes } from './put-file.ts'
import { firstRegionOf } from './regions.ts'
import {
  accessOf,
  openRoleSession,
  prove,
  proveRefusal,
  type RoleUse,
  recordBreak,
} from './role-sessions.ts'
import { createS3Client, headBucket, regionOfHead } from './s3-session.ts'
import { type Sender, startSender } from './sender.ts'
import { keepAlone, keepSession, type SessionKeeper } from './session-keeper.ts'
import type { BucketTarget } from './target.ts'
import type { RoleProof, RoleVerdicts } from './verdict.ts'

/** Opens customers' buckets with our one identity. */
export interface Delivery extends AsyncDisposable {
  /** When a file goes in parts. */
  readonly sizes: UploadSizes
  /**
   * Proves the role, narrows a session to the target, and finds the bucket's region where it is not known.
   * No call to S3 comes before the role has refused every wrong external id. Throws OutputError,
   * TransientError, or the signal's reason.
   */
  openBucket(target: BucketTarget, options: OpenBucketOptions): Promise<CustomerBucket>
  /** Does what an export does, check by check, without a file. Throws the signal's reason only. */
  inspect(target: BucketTarget, options: UseOptions & Inspection): Promise<Check[]>
  /** Asks STS alone whether the role opens for the target's external id and no other. */
  proveRole(target: BucketTarget, options: UseOptions): Promise<RoleProof>
  /** Asks STS alone whether the role refuses the target's external id: what passes is the refusal. */
  proveRefusal(target: BucketTarget, options: UseOptions): Promise<RoleProof>
}

interface UseOptions {
  /** Ends every call. */
  signal: AbortSignal
  /** For the record: `export task <id>`. */
  why: string
  verdicts: RoleVerdicts
  /** Awaited after each use of the role. */
  onAccess(access: RoleAccess): Promise<void>
}

interface OpenBucketOptions extends UseOptions {
  /**
   * Awaited before each file and each renewal of the session: the external ids as they are now. Throws when
   * the output may not be used any more.
   */
  currentIds(): Promise<Pick<BucketTarget, 'externalId' | 'otherExternalId'>>
}

export interface DeliveryOptions {
  /** The user or role that customers name in their trust policies. */
  principalArn: string
  /** Where AWS is and who we are there; empty, the SDK's default chain says both. */
  aws: Pick<STSClientConfig, 'endpoint' | 'region' | 'credentials'>
  clock: { now(): Date }
  /** Counts on whatever the clock says; absent: performance.now(). */
  elapsedMs?(): number
  timing?: Partial<ProofTiming>
  /** Absent: those of put-file.ts. */
  sizes?: UploadSizes
  /** Absent: nobody counts. */
  observer?: Observer
}

/** IAM's changes arrive within seconds, in both directions. */
const timingDefault: ProofTiming = { probePauseMs: 5_000, iamDelayMs: 15_000 }

export function openDelivery(options: DeliveryOptions): Delivery {
  const { aws, principalArn, clock, observer, sizes = uploadSizes } = options
  const now = () => clock.now()
  const elapsedMs = () => options.elapsedMs?.() ?? performance.now()
  const assumer = createRoleAssumer(aws, { now, elapsedMs, observer })
  const sender = startSender()
  const timing = { ...timingDefault, ...options.timing }
  const way = { endpoint: aws.endpoint, sender, observer, sizes, elapsedMs }
  const useOf = async (target: BucketTarget, used: UseOptions): Promise<RoleUse> => {
    const { signal, why, verdicts } = used
    const onAccess = countedBy(observer, used.onAccess)
    const sts = { regions: await stsRegionsOf(target, assumer) }
    return { assumer, principalArn, target, sts, timing, why, signal, now, verdicts, onAccess }
  }
  return {
    sizes,
    openBucket: async (target, opened) => openBucket(await useOf(target, opened), opened, way),
    inspect: async (target, inspection) =>
      inspectTarget(await useOf(target, inspection), inspection, (session, region) =>
        createS3Client({ ...way, region, keeper: keepAlone(session) }),
      ),
    proveRole: async (target, used) => prove(await useOf(target, used), target.externalId),
    proveRefusal: async (target, used) => proveRefusal(await useOf(target, used)),
    [Symbol.asyncDispose]: async () => {
      assumer[Symbol.dispose]()
      await sender[Symbol.asyncDispose]()
    },
  }
}

function countedBy(
  observer: Observer | undefined,
  onAccess: UseOptions['onAccess'],
): UseOptions['onAccess'] {
  return (access) => {
    observer?.roleUsed(access)
    return onAccess(access)
  }
}

/** The bucket's region, ours, and the one that is on for every account. */
async function stsRegionsOf(target: BucketTarget, assumer: RoleAssumer): Promise<string[]> {
  const { partition } = roleOf(target.roleArn)
  const regions = [target.region, await assumer.ownRegion(), firstRegionOf(partition)]
  return [...new Set(regions.filter((region) => region !== undefined))]
}

interface Way {
  endpoint: DeliveryOptions['aws']['endpoint']
  sender: Sender
  observer: Observer | undefined
  sizes: UploadSizes
  elapsedMs(): number
}

async function openBucket(
  use: RoleUse,
  opened: OpenBucketOptions,
  way: Way,
): Promise<CustomerBucket> {
  const first = await openRoleSession(use)
  const keeper = keepSession(first, {
    renew: async () => {
      const target = { ...use.target, ...(await opened.currentIds()) }
      return openRoleSession({ ...use, target })
    },
    now: way.elapsedMs,
  })
  const region = use.target.region ?? (await findRegionOf(use, { ...way, keeper, first }))
  const client = createS3Client({ ...way, region, keeper })
  const { sender, sizes } = way
  const s3 = { client, sender, sizes, target: { ...use.target, region }, requestIds: [] }
  return bucketOf({ ...opened, ...use, keeper, s3 })
}

async function findRegionOf(use: RoleUse, opened: Way & { keeper: SessionKeeper; first: Session }) {
  const { target, now, signal } = use
  const client = createS3Client({ ...opened, region: use.sts.regions[0] ?? '' })
  const told = { operation: 'HeadBucket', sent: target.bucketName, now, signal }
  const access = { ...accessOf(use, 'FIND_REGION'), accessKeyId: opened.first.accessKeyId }
  const { call, answer } = await recordBreak(use, access, () =>
    callAws(told, () => headBucket(client, target, signal)),
  ).finally(() => client.destroy())
  const head = { region: answer?.BucketRegion ?? call.fault?.bucketRegion, fault: call.fault }
  const { region, problem } = regionOfHead(head, target)
  await use.onAccess({
    ...access,
    s3RequestIds: requestIdsOf([call]),
    outcome: problem?.code ?? 'OK',
  })
  if (region === undefined) throw problem
  return region
}

/** Each call leaves its record, whatever became of it. */
function bucketOf(
  open: OpenBucketOptions &
    Pick<RoleUse, 'now' | 'target' | 'timing'> & { keeper: SessionKeeper; s3: OpenedS3 },
): CustomerBucket {
  const { s3, keeper, onAccess } = open
  const deadline = performance.now() + open.timing.iamDelayMs
  let isRefusalTold = false
  const recorded = async (
    { action, objectKey, signal }: { action: AccessAction; objectKey: string; signal: AbortSignal },
    call: (s3: OpenedS3) => Promise<void>,
  ) => {
    const { accessKeyId } = await keeper.current()
    const requestIds: string[] = []
    const access = { ...accessOf(open, action), accessKeyId, objectKey, s3RequestIds: requestIds }
    await recordBreak({ onAccess, signal }, access, () => call({ ...s3, requestIds }))
    await onAccess({ ...access, outcome: 'OK' })
    return { requestIds }
  }
  return {
    putFile: async (file, options) => {
      const signal = AbortSignal.any([open.signal, options.signal])
      const put = async () => {
        await open.currentIds()
        return recorded({ action: 'PUT_OBJECT', objectKey: file.objectKey, signal }, (s3) =>
          putFile(s3, file, { ...options, signal }),
        )
      }
      const now = () => performance.now()
      const isRefused = (result: Put) => result.refusal !== undefined
      const onWait = async ({ refusal }: Put) => {
        if (isRefusalTold || refusal === undefined) return
        isRefusalTold = true
        await options.onRefused?.(refusal)
      }
      const { answer, refusal } = await askAgain(() => orRefusal(put), {
        ...{ isRefused, deadline, now, signal, onWait },
      })
      if (answer === undefined) throw refusal
      return answer
    },
    abortUpload: async (objectKey, uploadId) => {
      await recorded({ action: 'ABORT_UPLOAD', objectKey, signal: open.signal }, (s3) =>
        abortUpload(s3, { objectKey, uploadId }),
      )
    },
    [Symbol.asyncDispose]: async () => s3.client.destroy(),
  }
}

type Answer = { requestIds: string[] }
type Put = { answer: Answer; refusal?: undefined } | { answer?: undefined; refusal: OutputError }

/** What the role or the key may not do. The opening of the bucket has proven all else. */
async function orRefusal(put: () => Promise<Answer>): Promise<Put> {
  try {
    return { answer: await put() }
  } catch (error) {
    if (!(error instanceof OutputError) || !isRefusedPut(error)) throw error
    return { refusal: error }
  }
}
