import { type Access, authorize, denialText } from '../authorize.ts'
import { AwsError } from '../errors.ts'
import { readPolicy } from '../policy-texts.ts'
import { isBucketName } from './bucket-name.ts'
import type { Bucket } from './buckets.ts'
import type { Call } from './call.ts'
import { isPublicPolicy } from './public-policy.ts'
import { accessDenied, invalidBucketName, noSuchBucket, permanentRedirect } from './s3-errors.ts'

/**
 * The bucket of the call, in AWS's order of refusals: a bucket that is missing, one of another
 * region, one of another owner than expected. What the caller may do comes after.
 */
export function getBucket(call: Call, options: { fromAnywhere?: boolean } = {}): Bucket {
  const bucket = findBucket(call)
  if (!bucket) {
    if (!isBucketName(call.bucketName)) throw invalidBucketName(call.bucketName)
    throw noSuchBucket(call.bucketName)
  }
  if (!options.fromAnywhere) checkRegion(call, bucket)
  checkExpectedOwner(bucket, call.headers.get('x-amz-expected-bucket-owner'))
  checkPayer(call, bucket)
  return bucket
}

/**
 * Others than the owner must say that they pay, and nobody unsigned can.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html
 */
function checkPayer({ caller, headers, response }: Call, bucket: Bucket): void {
  const { principal } = caller
  if (!bucket.requesterPays) return
  if (principal === 'anonymous') throw accessDenied()
  if (principal.accountId === bucket.ownerAccountId) return
  if (headers.get('x-amz-request-payer') !== 'requester') throw accessDenied()
  response.setHeader('x-amz-request-charged', 'requester')
}

export function findBucket(call: Call): Bucket | undefined {
  return call.storage.buckets.find(call.bucketName)
}

/** Nobody signed, or the signature is for the bucket's region. */
function checkRegion(call: Call, bucket: Bucket): void {
  const { region } = call.caller
  if (region === '' || region === bucket.region) return
  if (!call.isVirtualHosted) throw permanentRedirect(bucket)
  throw new AwsError(
    'AuthorizationHeaderMalformed',
    400,
    `The authorization header is malformed; the region '${region}' is wrong; expecting '${bucket.region}'`,
    { members: { Region: bucket.region }, headers: { 'x-amz-bucket-region': bucket.region } },
  )
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html */
function checkExpectedOwner(bucket: Bucket, expected: string | undefined): void {
  if (expected === undefined) return
  if (!/^\d{12}$/.test(expected)) {
    throw new AwsError(
      'InvalidBucketOwnerAWSAccountID',
      400,
      `The value of the expected bucket owner parameter must be an AWS Account ID... [${expected}]`,
    )
  }
  if (expected !== bucket.ownerAccountId) throw accessDenied()
}

type Context = Record<string, string | string[] | undefined>

/** Throws AccessDenied unless the caller may do this to the bucket. */
export function authorizeBucket(
  call: Call,
  bucket: Bucket,
  action: string,
  context: Context = {},
): void {
  requireAccess(call, bucketAccess(call, bucket, { action, context }))
}

export function bucketAccess(
  call: Call,
  bucket: Bucket,
  { action, key, context = {} }: { action: string; key?: string; context?: Context },
): Access {
  const resource = `arn:aws:s3:::${bucket.name}${key === undefined ? '' : `/${key}`}`
  return {
    action,
    resource,
    resourceAccountId: bucket.ownerAccountId,
    context: { ...requestContext(call, bucket), ...given(context) },
    ...(bucket.policy && { resourcePolicy: readPolicy(bucket.policy, 'resource') }),
  }
}

export function requireAccess(call: Call, access: Access): void {
  const denial = findDenial(call, access)
  if (denial) throw denial
}

export function isAllowed(call: Call, access: Access): boolean {
  return findDenial(call, access) === undefined
}

function findDenial(call: Call, access: Access): AwsError | undefined {
  const decision = authorize(call.caller, access)
  const { principal } = call.caller
  const isSameAccount =
    principal !== 'anonymous' && principal.accountId === access.resourceAccountId
  if (decision.allowed) {
    return isSameAccount || !isRestricted(call) ? undefined : accessDenied()
  }
  if (!isSameAccount) return accessDenied()
  const named = { action: access.action, resource: `"${access.resource}"` }
  return accessDenied(denialText(call.caller, named, decision))
}

/** RestrictPublicBuckets keeps strangers out of a bucket whose policy is public. */
function isRestricted(call: Call): boolean {
  const bucket = findBucket(call)
  if (!bucket?.policy || !bucket.publicAccessBlock?.RestrictPublicBuckets) return false
  return isPublicPolicy(readPolicy(bucket.policy, 'resource'))
}

/**
 * Condition keys of every request to S3.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
export function requestContext(call: Call, bucket?: Bucket): Record<string, string> {
  const { query, headers, now } = call
  const isPresigned = query.has('X-Amz-Signature')
  const signedAt = readSignedAt(query.get('X-Amz-Date') ?? headers.get('x-amz-date'))
  const contentSha256 = headers.get('x-amz-content-sha256')
  return {
    's3:TlsVersion': '1.3',
    ...(call.caller.principal !== 'anonymous' && {
      's3:authType': isPresigned ? 'REST-QUERY-STRING' : 'REST-HEADER',
      's3:signatureversion': 'AWS4-HMAC-SHA256',
    }),
    ...(signedAt && { 's3:signatureAge': String(Math.max(0, now.getTime() - signedAt.getTime())) }),
    ...(contentSha256 && { 's3:x-amz-content-sha256': contentSha256 }),
    ...(bucket && { 's3:ResourceAccount': bucket.ownerAccountId }),
  }
}

function readSignedAt(time: string | undefined): Date | undefined {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time ?? '') ?? []
  if (parts.length === 0) return undefined
  const [year, month, day, hour, minute, second] = parts
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

/** Keys that the request does not carry are absent, not empty. */
function given(context: Context): Record<string, string | string[]> {
  const present: Record<string, string | string[]> = {}
  for (const [key, value] of Object.entries(context)) if (value !== undefined) present[key] = value
  return present
}

/** All buckets, which is what listing them is about. */
export const bucketsArn = 'arn:aws:s3:::*'
