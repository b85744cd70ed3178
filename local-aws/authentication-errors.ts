import { toSeconds } from './caller.ts'
import { AwsError } from './errors.ts'
import type { Signature } from './signature.ts'

/** The same refusals in the words of a service. */
export interface AuthenticationErrors {
  missing(): AwsError
  unsupported(): AwsError
  malformed(reason: string): AwsError
  skewed(signature: Signature, now: Date): AwsError
  expiredRequest(signature: Signature, now: Date): AwsError
  unknownKey(accessKeyId: string): AwsError
  invalidToken(token: string): AwsError
  expiredToken(token: string): AwsError
  doesNotMatch(compared: { signature: Signature; canonical: string; text: string }): AwsError
}

const SKEW_MAX_MS = 900_000

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export const s3Errors: AuthenticationErrors = {
  missing: () => new AwsError('AccessDenied', 403, 'Access Denied'),
  unsupported: () =>
    new AwsError(
      'InvalidRequest',
      400,
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    ),
  malformed: (reason) =>
    new AwsError(
      'AuthorizationHeaderMalformed',
      400,
      `The authorization header is malformed; ${reason}.`,
    ),
  skewed: ({ time }, now) =>
    new AwsError(
      'RequestTimeTooSkewed',
      403,
      'The difference between the request time and the current time is too large.',
      {
        members: {
          RequestTime: time,
          ServerTime: toSeconds(now),
          MaxAllowedSkewMilliseconds: String(SKEW_MAX_MS),
        },
      },
    ),
  expiredRequest: ({ instant, expiresSeconds = 0 }, now) =>
    new AwsError('AccessDenied', 403, 'Request has expired', {
      members: {
        'X-Amz-Expires': String(expiresSeconds),
        Expires: toSeconds(new Date(instant.getTime() + expiresSeconds * 1000)),
        ServerTime: toSeconds(now),
      },
    }),
  unknownKey: (accessKeyId) =>
    new AwsError(
      'InvalidAccessKeyId',
      403,
      'The AWS Access Key Id you provided does not exist in our records.',
      { members: { AWSAccessKeyId: accessKeyId } },
    ),
  invalidToken: (token) =>
    new AwsError('InvalidToken', 400, 'The provided token is malformed or otherwise invalid.', {
      members: { 'Token-0': token },
    }),
  expiredToken: (token) =>
    new AwsError('ExpiredToken', 400, 'The provided token has expired.', {
      members: { 'Token-0': token },
    }),
  doesNotMatch: ({ signature, canonical, text }) =>
    new AwsError(
      'SignatureDoesNotMatch',
      403,
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      {
        members: {
          AWSAccessKeyId: signature.scope.accessKeyId,
          StringToSign: text,
          SignatureProvided: signature.signature,
          CanonicalRequest: canonical,
        },
      },
    ),
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
export const queryErrors: AuthenticationErrors = {
  missing: () =>
    new AwsError('MissingAuthenticationToken', 403, 'Request is missing Authentication Token'),
  unsupported: () =>
    new AwsError(
      'IncompleteSignature',
      400,
      "Unsupported AWS 'algorithm'; the request must be signed with AWS4-HMAC-SHA256.",
    ),
  malformed: (reason) =>
    new AwsError('IncompleteSignature', 400, `Incomplete signature: ${reason}.`),
  skewed: ({ time, instant }, now) => {
    const isEarly = instant < now
    const limit = basicTime(new Date(now.getTime() + (isEarly ? -SKEW_MAX_MS : SKEW_MAX_MS)))
    const message = isEarly
      ? `Signature expired: ${time} is now earlier than ${limit} (${basicTime(now)} - 15 min.)`
      : `Signature not yet current: ${time} is still later than ${limit} (${basicTime(now)} + 15 min.)`
    return new AwsError('SignatureDoesNotMatch', 403, message)
  },
  expiredRequest: ({ time }, now) =>
    new AwsError(
      'SignatureDoesNotMatch',
      403,
      `Signature expired: ${time} is now earlier than ${basicTime(now)}`,
    ),
  unknownKey: invalidClientToken,
  invalidToken: invalidClientToken,
  expiredToken: () =>
    new AwsError('ExpiredToken', 403, 'The security token included in the request is expired'),
  doesNotMatch: () =>
    new AwsError(
      'SignatureDoesNotMatch',
      403,
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    ),
}

function invalidClientToken(): AwsError {
  return new AwsError(
    'InvalidClientTokenId',
    403,
    'The security token included in the request is invalid.',
  )
}

export function basicTime(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d{3}/g, '')
}
