import type { IncomingMessage } from 'node:http'
import { parseArn } from '@sluice/iam'
import { basicTime, queryErrors, s3Errors } from '../authentication-errors.ts'
import type { CallEvent } from '../calls/call-event.ts'
import { AwsError } from '../errors.ts'
import { checksumHeader } from '../s3/checksums.ts'
import { checksumAlgorithms } from '../s3/digests.ts'
import { badDigest, permanentRedirect } from '../s3/s3-errors.ts'
import { readSignature } from '../signature.ts'
import { packedPolicyTooLarge } from '../sts/packed-policy.ts'
import { regionDisabled } from '../sts/region-disabled.ts'
import type { Fault, SimpleKind } from './fault.ts'

/** The call that is struck, as far as an error answer tells of it. */
export interface Struck {
  fault: Fault
  event: CallEvent
  request: IncomingMessage
  now: Date
}

type Failed = Struck['fault'] & { kind: SimpleKind | 'wrong-region' | 'error' }

/** The error that AWS answers with when this happens to it. */
export function errorOf(struck: Struck & { fault: Failed }): AwsError {
  const { fault, event } = struck
  const isS3 = fault.service === 's3'
  switch (fault.kind) {
    case 'throttle':
      return isS3
        ? new AwsError('SlowDown', 503, 'Please reduce your request rate.')
        : new AwsError('Throttling', 400, 'Rate exceeded')
    case 'internal-error':
    case 'error-in-200':
      return isS3
        ? new AwsError('InternalError', 500, 'We encountered an internal error. Please try again.')
        : new AwsError('InternalFailure', 500, INTERNAL_FAILURE)
    case 'service-unavailable':
      return isS3
        ? new AwsError('ServiceUnavailable', 503, 'Service is unable to handle request.')
        : new AwsError('ServiceUnavailable', 503, UNAVAILABLE)
    case 'expired-token':
      return (isS3 ? s3Errors : queryErrors).expiredToken(tokenOf(struck))
    case 'clock-skew':
      return skewed(struck)
    case 'packed-policy-too-large':
      return packedPolicyTooLarge(120)
    case 'region-disabled':
      return regionDisabled(askedAccountOf(event))
    case 'bad-digest':
      return mismatch(struck)
    case 'wrong-region':
      return permanentRedirect({
        name: event.requestParameters.bucketName ?? '',
        region: fault.region,
      })
    case 'error':
      return new AwsError(fault.code, fault.status, fault.message)
  }
}

const INTERNAL_FAILURE =
  'The request processing has failed because of an unknown error, exception or failure.'
const UNAVAILABLE = 'The request has failed due to a temporary failure of the server.'

/** Of the role that is to be assumed, or else of the caller. */
function askedAccountOf({ requestParameters, userIdentity }: CallEvent): string {
  return parseArn(requestParameters.roleArn ?? '')?.accountId ?? userIdentity.accountId ?? ''
}

/** S3 echoes the token, so a client that keeps whole error answers keeps it. */
function tokenOf({ request }: Struck): string {
  return String(request.headers['x-amz-security-token'] ?? '')
}

/** Of the digest that came in the headers, if one did. */
function mismatch({ request }: Struck): AwsError {
  const given = checksumAlgorithms.find((it) => request.headers[checksumHeader(it)] !== undefined)
  const expected = given && String(request.headers[checksumHeader(given)])
  return badDigest((given ?? 'crc64nvme').toUpperCase(), {
    expected: expected ?? '',
    calculated: 'AAAAAAAAAAA=',
  })
}

const SKEW_MS = 20 * 60 * 1000

/**
 * As if the caller's clock were 20 minutes behind. AWS's own time is told as it is: clients set their
 * clocks by it, and would miss with the calls that follow.
 */
function skewed({ request, fault, now }: Struck): AwsError {
  const errors = fault.service === 's3' ? s3Errors : queryErrors
  const signature = readSignature(request, errors)
  if (!signature) return errors.missing()
  const instant = new Date(now.getTime() - SKEW_MS)
  return errors.skewed({ ...signature, instant, time: basicTime(instant) }, now)
}
