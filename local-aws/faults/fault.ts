import type { CallService } from '../calls/call-event.ts'

/** Something that goes wrong with calls to one service, as a test or a caller of the control path asks for it. */
export type Fault = Aim & Failure

/** Which calls are struck. */
export interface Aim {
  service: CallService
  /** As AWS names it: `AssumeRole`, `PutObject`. Absent: every operation of the service. */
  operation?: string
  /** Matching calls that are let pass first. `skip: 2, times: 1` strikes the third. */
  skip?: number
  /** How many are struck. Absent: all that follow. */
  times?: number
  where?: Where
}

/** All that is given must hold. */
export interface Where {
  /** Of AssumeRole. `null`: none was sent; `not`: another, or none, was. */
  externalId?: string | null | { not: string }
  roleArn?: string
  /** Of S3. */
  bucket?: string
  keyPrefix?: string
  /** Of the credential scope. */
  region?: string
  /** The user's or the session's. */
  principalArn?: string
}

type Failure =
  | { kind: SimpleKind }
  /** The call waits, and then goes on as if nothing were. */
  | { kind: 'slow'; delayMs: number }
  /** The connection ends before the call is carried out, after it but before its answer, or within that. */
  | { kind: 'cut'; at: CutAt }
  /** S3 says that the bucket is in this region. */
  | { kind: 'wrong-region'; region: string }
  /** Any answer of an error. */
  | { kind: 'error'; code: string; status: number; message: string }
  /** What an IAM call changes holds this much later, for IAM, STS and S3 alike; IAM shows it at once. */
  | { kind: 'change-delay'; delayMs: number }

export type SimpleKind =
  | 'throttle'
  | 'internal-error'
  | 'service-unavailable'
  | 'expired-token'
  | 'clock-skew'
  | 'packed-policy-too-large'
  | 'region-disabled'
  | 'bad-digest'
  | 'error-in-200'

export type CutAt = 'request' | 'before-answer' | 'in-answer'
export type FaultKind = Failure['kind']

const all: CallService[] = ['iam', 'sts', 's3']

/** Whose faults they are. */
export const servicesOf: Record<FaultKind, CallService[]> = {
  throttle: all,
  'internal-error': all,
  'service-unavailable': all,
  slow: all,
  cut: all,
  'expired-token': all,
  'clock-skew': all,
  error: all,
  'packed-policy-too-large': ['sts'],
  'region-disabled': ['sts'],
  'wrong-region': ['s3'],
  'bad-digest': ['s3'],
  'error-in-200': ['s3'],
  'change-delay': ['iam'],
}

/** The operations that a kind is about, where it is not about all. */
export const operationsOf: Partial<Record<FaultKind, RegExp>> = {
  'packed-policy-too-large': /^AssumeRole$/,
  'bad-digest': /^(PutObject|UploadPart)$/,
  'error-in-200': /^(CompleteMultipartUpload|CopyObject)$/,
  'change-delay': /^(?!Get|List)/,
}
