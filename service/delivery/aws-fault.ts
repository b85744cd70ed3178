import { redact } from '#secret'

const MESSAGE_LENGTH_MAX = 1000

/**
 * All that is kept of an error of the AWS SDK. The error itself carries the response, and that may
 * repeat credentials: S3's ExpiredToken holds the whole session token.
 */
export interface AwsFault {
  /** AWS's code, or the network's where no answer came. */
  readonly code: string
  /** Redacted. */
  readonly message: string
  /** Absent: there was no answer. */
  readonly status: number | undefined
  readonly requestId: string | undefined
  /** S3's second one, which its support asks for. */
  readonly extendedRequestId: string | undefined
  /** Where S3 says that the bucket is. */
  readonly bucketRegion: string | undefined
}

export function faultOf(error: unknown): AwsFault {
  const { name, code, message, $metadata, $response, Region } = Object(error)
  const { httpStatusCode, requestId, extendedRequestId } = Object($metadata)
  const headers = Object(Object($response).headers)
  return {
    code: clean(textOf(name) === 'Error' ? (textOf(code) ?? 'Error') : (textOf(name) ?? 'Error')),
    message: clean(textOf(message) ?? ''),
    status: typeof httpStatusCode === 'number' ? httpStatusCode : undefined,
    requestId: textOf(requestId),
    extendedRequestId: textOf(extendedRequestId),
    bucketRegion: textOf(headers['x-amz-bucket-region']) ?? textOf(Region),
  }
}

/** Worth another try by itself: AWS is busy or broken, or the network is. */
export function isPassing(fault: AwsFault): boolean {
  if (passingCodes.has(fault.code)) return true
  if (fault.status === undefined) return true
  return fault.status >= 500 || fault.status === 429 || fault.status === 408
}

/**
 * S3 has said that it did nothing of what it was asked. What has no answer may be done, and so may what is answered
 * with a 500 or with an error within a 200.
 */
export function hasDoneNothing({ code, status }: AwsFault): boolean {
  if (refusingCodes.has(code)) return true
  return status !== undefined && status >= 300 && status < 500
}

/** Whatever the status: the SDK makes a 503 of each error within a 200. */
const refusingCodes = new Set(['PreconditionFailed', 'ServiceUnavailable', 'SlowDown'])

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and the general ones. */
const passingCodes = new Set([
  'BadDigest',
  'ConditionalRequestConflict',
  'ExpiredToken',
  'IncompleteBody',
  'InternalError',
  'NoSuchUpload',
  'OperationAborted',
  'RequestLimitExceeded',
  'RequestTimeTooSkewed',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'TemporaryRedirect',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'XAmzContentChecksumMismatch',
])

/** For the log and the record, without undefined members. */
export function detailsOf(fault: AwsFault): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fault).filter(([, value]) => value !== undefined))
}

function clean(text: string): string {
  return redact(text).slice(0, MESSAGE_LENGTH_MAX)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
