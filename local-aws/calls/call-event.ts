import type { IncomingMessage } from 'node:http'
import type { Caller } from '../caller.ts'
import { toSeconds } from '../caller.ts'
import type { AwsError } from '../errors.ts'

/**
 * One call, in the words of CloudTrail. Nothing that opens a door stands in it: no secret, no session
 * token, no signature.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export interface CallEvent {
  /** Counts up from 1, without gaps. */
  eventNumber: number
  /** ISO 8601. */
  eventTime: string
  eventSource: `${CallService}.amazonaws.com`
  /** As AWS names the operation: `AssumeRole`, `PutObject`. Empty for a request that names none. */
  eventName: string
  awsRegion: string
  sourceIPAddress: string
  userAgent: string
  requestID: string
  userIdentity: UserIdentity
  /** What was asked for: `externalId`, `policy`, `bucketName`, `key`, `x-amz-expected-bucket-owner`. */
  requestParameters: Record<string, string>
  /** Of AssumeRole: `accessKeyId` and `assumedRoleArn`. */
  responseElements: Record<string, string>
  /** Absent: the call succeeded, or has not ended. */
  errorCode?: string
  errorMessage?: string
  additionalEventData: {
    httpStatus?: number
    /** The fault on request that struck this call. */
    fault?: { id: string; kind: string }
  }
}

export type CallService = 'iam' | 'sts' | 's3'

interface UserIdentity {
  type: 'IAMUser' | 'AssumedRole' | 'Anonymous' | 'Unknown'
  arn?: string
  accountId?: string
  accessKeyId?: string
}

/** An event of which only the connection is known. */
export function newEvent(request: IncomingMessage, about: { requestID: string; now: Date }) {
  const { requestID, now } = about
  const event: Omit<CallEvent, 'eventNumber'> = {
    eventTime: toSeconds(now),
    eventSource: 's3.amazonaws.com',
    eventName: '',
    awsRegion: '',
    sourceIPAddress: request.socket.remoteAddress ?? '',
    userAgent: cut(request.headers['user-agent'] ?? ''),
    requestID,
    userIdentity: { type: 'Unknown' },
    requestParameters: {},
    responseElements: {},
    additionalEventData: {},
  }
  return event
}

export function identityOf({ principal, session, accessKeyId }: Caller): UserIdentity {
  if (principal === 'anonymous') return { type: 'Anonymous' }
  const { arn, accountId } = principal
  const type = session ? 'AssumedRole' : 'IAMUser'
  return { type, arn, accountId, ...(accessKeyId && { accessKeyId }) }
}

/** To be called before the answer goes out, so that whoever has the answer finds its outcome. */
export function recordError(event: CallEvent, { code, status, message }: AwsError): void {
  event.errorCode = code
  event.errorMessage = cut(message)
  event.additionalEventData.httpStatus = status
}

const VALUE_CHARACTERS_MAX = 4096

/** The parameters that are there and no secrets, each to a bounded length. */
export function parametersOf(given: Iterable<readonly [string, string]>): Record<string, string> {
  const kept = [...given].filter(([name]) => !secretParameters.test(name))
  return Object.fromEntries(kept.slice(0, PARAMETERS_MAX).map(([name, it]) => [name, cut(it)]))
}

const PARAMETERS_MAX = 100
const secretParameters = /^(x-amz-(signature|security-token|credential)|authorization|tokencode)$/i

function cut(text: string): string {
  return text.length <= VALUE_CHARACTERS_MAX ? text : text.slice(0, VALUE_CHARACTERS_MAX)
}
