import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { startCrc64nvme } from '#crc64nvme'
import type { AccessAction } from './access.ts'
import type { Session } from './assume-role.ts'
import { type Answered, type AwsCall, callAws, requestIdsOf } from './aws-call.ts'
import type { AwsFault } from './aws-fault.ts'
import { type Check, checkOf, type Problem } from './check.ts'
import { askAgain, isRefusedPut } from './iam-delay.ts'
import { conditionOf, placeOf, settingsOf } from './put-file.ts'
import {
  accessOf,
  openSession,
  type RoleUse,
  recordBreak,
  sessionProblemOf,
} from './role-sessions.ts'
import { errorOfS3 } from './s3-errors.ts'
import { headBucket, regionOfHead } from './s3-session.ts'
import { writeRemovalPolicy } from './session-policy.ts'
import type { BucketTarget } from './target.ts'

export type CreateClient = (session: Session, region: string) => S3Client

/** A working session's bucket, and the key that verification writes under. */
interface OpenedBucket extends AsyncDisposable {
  readonly client: S3Client
  readonly session: Session
  readonly target: BucketTarget
  readonly objectKey: string
}

/** One upload's part: enough for S3 to ask KMS for a key, and nothing that anybody pays for. */
const PART = Buffer.alloc(1024, 'Sluice verifies that it may write here.\n')
const file = { contentType: 'text/plain', metadata: {} }

/** What verification writes under. */
export function verificationKeyOf({
  pathPrefix,
  outputId,
}: Pick<BucketTarget, 'pathPrefix' | 'outputId'>): string {
  return `${pathPrefix}sluice-verification-${outputId}`
}

/** Opens the session as an export does, and looks for the bucket. */
export async function checkBucket(
  use: RoleUse,
  createClient: CreateClient,
): Promise<{ check: Check; opened?: OpenedBucket }> {
  const { target } = use
  const working = await openSession(use, target.externalId)
  if (working.session === undefined) {
    const problem = sessionProblemOf(working.fault, use)
    return { check: checkOf('BUCKET', [working.call], { problem }) }
  }
  const { session } = working
  const first = createClient(session, target.region ?? use.sts.regions[0] ?? '')
  const { call, answer } = await record(
    use,
    { action: 'FIND_REGION', session },
    {
      operation: 'HeadBucket',
      sent: `the bucket ${target.bucketName}`,
      send: (signal) => headBucket(first, target, signal),
    },
  )
  const head = { region: answer?.BucketRegion ?? call.fault?.bucketRegion, fault: call.fault }
  const { region, problem } = regionOfHead(head, target)
  const calls = [working.call, call]
  first.destroy()
  if (region === undefined) {
    const found = head.region === undefined ? {} : { region: head.region }
    return { check: checkOf('BUCKET', calls, { problem, found }) }
  }
  const client = createClient(session, region)
  const opened = {
    client,
    session,
    target: { ...target, region },
    objectKey: verificationKeyOf(target),
    [Symbol.asyncDispose]: async () => client.destroy(),
  }
  return { check: checkOf('BUCKET', calls, { found: { region } }), opened }
}

/**
 * An upload is begun, one part is sent, and all of it is given up: no object, no version, no event. What is
 * refused is asked again for as long as an export would.
 */
export async function checkWrite(
  use: RoleUse,
  opened: OpenedBucket,
  onWait: () => Promise<void>,
): Promise<Check> {
  const { timing, signal } = use
  const now = () => use.now().getTime()
  const deadline = now() + timing.iamDelayMs
  const calls: AwsCall[] = []
  const ask = async <Made extends { call: AwsCall }>(send: () => Promise<Made>): Promise<Made> => {
    const made = await send()
    calls.push(made.call)
    return made
  }
  const isRefused = ({ call: { fault } }: { call: AwsCall }) =>
    fault !== undefined && isRefusedPut(errorOf(opened, fault))
  const patience = { isRefused, deadline, now, signal, onWait }
  const begun = await askAgain<Begun>(() => ask(() => beginUpload(use, opened)), patience)
  if (begun.uploadId === undefined) return explainRefusal(use, opened, { ...begun, calls })
  const { uploadId } = begun
  const part = await askAgain(() => ask(() => putPart(use, opened, uploadId)), patience)
  const aborted = await abortUpload(use, opened, uploadId)
  const problem = part.call.fault && errorOf(opened, part.call.fault)
  const isLeft = aborted.fault !== undefined
  const found = isLeft ? { leftBehind: `the upload ${uploadId} of ${opened.objectKey}` } : {}
  return checkOf('WRITE', [...calls, aborted], { problem, found })
}

function putPart(use: RoleUse, opened: OpenedBucket, uploadId: string) {
  return recordPut(use, opened, {
    operation: 'UploadPart',
    sent: `one part of ${PART.length} bytes`,
    send: async (signal) => {
      const command = new UploadPartCommand({
        ...placeOf(opened, opened),
        UploadId: uploadId,
        PartNumber: 1,
        ...(await bodyOfPart()),
      })
      return opened.client.send(command, { abortSignal: signal })
    },
  })
}

interface Begun {
  call: AwsCall
  uploadId: string | undefined
}

async function beginUpload(
  use: RoleUse,
  opened: OpenedBucket,
  more: { RequestPayer?: 'requester' } = {},
): Promise<Begun> {
  const where = `s3://${opened.target.bucketName}/${opened.objectKey}`
  const payer = more.RequestPayer && ', with x-amz-request-payer: requester'
  const command = new CreateMultipartUploadCommand({
    ...placeOf(opened, opened),
    ...settingsOf(opened.target, file),
    ChecksumAlgorithm: 'CRC64NVME',
    ChecksumType: 'FULL_OBJECT',
    ...more,
  })
  const { call, answer } = await recordPut(use, opened, {
    operation: 'CreateMultipartUpload',
    sent: `${where}${payer ?? ''}`,
    send: (signal) => opened.client.send(command, { abortSignal: signal }),
  })
  return { call, uploadId: answer?.UploadId }
}

/** A bucket whose requesters pay refuses in the same words as many another: the header tells them apart. */
async function explainRefusal(
  use: RoleUse,
  opened: OpenedBucket,
  { call: { fault }, calls }: { call: AwsCall; calls: AwsCall[] },
): Promise<Check> {
  if (fault === undefined) throw new Error('S3 began an upload without an id.')
  const problem = errorOf(opened, fault)
  if (problem.code !== 'BUCKET_OWNER_DIFFERS') return checkOf('WRITE', calls, { problem })
  const paying = await beginUpload(use, opened, { RequestPayer: 'requester' })
  calls.push(paying.call)
  if (paying.uploadId === undefined) return checkOf('WRITE', calls, { problem })
  calls.push(await abortUpload(use, opened, paying.uploadId))
  return checkOf('WRITE', calls, { problem, found: { isRequesterPays: true } })
}

async function abortUpload(use: RoleUse, opened: OpenedBucket, uploadId: string): Promise<AwsCall> {
  const { session, objectKey } = opened
  const command = new AbortMultipartUploadCommand({
    ...placeOf(opened, opened),
    UploadId: uploadId,
  })
  const { call } = await record(
    use,
    { action: 'ABORT_UPLOAD', session, objectKey },
    {
      operation: 'AbortMultipartUpload',
      sent: `the upload of ${objectKey}`,
      send: (signal) => opened.client.send(command, { abortSignal: signal }),
    },
  )
  return call
}

/** On request alone: where the role may not delete the object, it stays. */
export async function checkWholeObject(
  use: RoleUse,
  opened: OpenedBucket,
  createClient: CreateClient,
): Promise<Check> {
  const { objectKey } = opened
  const put = await recordPut(use, opened, {
    operation: 'PutObject',
    sent: `${PART.length} bytes to s3://${opened.target.bucketName}/${objectKey}`,
    send: async (signal) => {
      const command = new PutObjectCommand({
        ...placeOf(opened, opened),
        ...settingsOf(opened.target, file),
        ...conditionOf('create'),
        ...(await bodyOfPart()),
      })
      return opened.client.send(command, { abortSignal: signal })
    },
  })
  const { fault } = put.call
  if (fault !== undefined)
    return checkOf('WHOLE_OBJECT', [put.call], { problem: errorOf(opened, fault) })
  const removal = await removeObject(use, opened, createClient)
  const isLeft = removal.some((call) => call.fault !== undefined)
  const found = isLeft ? { leftBehind: `the object ${objectKey}` } : {}
  return checkOf('WHOLE_OBJECT', [put.call, ...removal], { found })
}

/** In a session of its own, which may delete this one object and do nothing else. */
async function removeObject(
  use: RoleUse,
  opened: OpenedBucket,
  createClient: CreateClient,
): Promise<AwsCall[]> {
  const { target, objectKey } = opened
  const policy = writeRemovalPolicy(target, objectKey)
  const removing = await openSession(use, target.externalId, policy)
  if (removing.session === undefined) return [removing.call]
  const { session } = removing
  const client = createClient(session, target.region ?? '')
  const command = new DeleteObjectCommand(placeOf(opened, opened))
  const { call } = await record(
    use,
    { action: 'DELETE_OBJECT', session, objectKey },
    {
      operation: 'DeleteObject',
      sent: `the object ${objectKey}`,
      send: (signal) => client.send(command, { abortSignal: signal }),
    },
  )
  client.destroy()
  return [removing.call, call]
}

interface ToSend<Answer> {
  operation: string
  sent: string
  send(signal: AbortSignal): Promise<Answer>
}

function recordPut<Answer extends { $metadata: object }>(
  use: RoleUse,
  { session, objectKey }: OpenedBucket,
  call: ToSend<Answer>,
): Promise<Answered<Answer>> {
  return record(use, { action: 'PUT_OBJECT', session, objectKey }, call)
}

/** Each call leaves its record, whatever became of it. */
async function record<Answer extends { $metadata: object }>(
  use: RoleUse,
  access: { action: AccessAction; session: Session; objectKey?: string },
  { operation, sent, send }: ToSend<Answer>,
): Promise<Answered<Answer>> {
  const { now, signal } = use
  const { action, session, objectKey } = access
  const begun = { ...accessOf(use, action), accessKeyId: session.accessKeyId, objectKey }
  const answered = await recordBreak(use, begun, () =>
    callAws({ operation, sent, now, signal }, () => send(signal)),
  )
  const { call } = answered
  await use.onAccess({
    ...begun,
    s3RequestIds: requestIdsOf([call]),
    outcome: call.fault?.code ?? 'OK',
  })
  return answered
}

function errorOf({ target, objectKey }: OpenedBucket, fault: AwsFault): Problem {
  return errorOfS3(fault, { target, action: 's3:PutObject', objectKey })
}

async function bodyOfPart(): Promise<{ Body: Buffer; ChecksumCRC64NVME: string }> {
  const crc64nvme = await startCrc64nvme()
  crc64nvme.update(PART)
  return { Body: PART, ChecksumCRC64NVME: crc64nvme.digest() }
}
