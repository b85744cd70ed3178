import { OutputError, type OutputErrorCode, TransientError } from '#errors'
import { bucketOwnerOf, permissionsCommand } from '#setup'
import { type AwsFault, detailsOf, isPassing } from './aws-fault.ts'
import type { BucketTarget } from './target.ts'

/** What was asked of S3. */
interface S3Request {
  readonly target: BucketTarget
  /** As policies name it: `s3:PutObject`. */
  readonly action: string
  readonly objectKey: string | undefined
}

/** An error of S3 as the one who must act reads it. Never the error itself: see AwsFault. */
export function errorOfS3(fault: AwsFault, request: S3Request): OutputError | TransientError {
  const code = outputCodeOf(fault)
  if (code === undefined)
    return new TransientError(
      'AWS_UNAVAILABLE',
      `S3 could not answer ${request.action} on the bucket ${request.target.bucketName} now ` +
        `(${fault.code}).`,
      { details: detailsOf(fault) },
    )
  const { message, remedy } = texts[code]({ ...request, fault })
  return new OutputError(code, message, { remedy, details: detailsOf(fault) })
}

type S3ErrorCode = Extract<
  OutputErrorCode,
  | 'BUCKET_NOT_FOUND'
  | 'BUCKET_IN_OTHER_REGION'
  | 'BUCKET_OWNER_DIFFERS'
  | 'PUT_NOT_ALLOWED'
  | 'KEY_REFUSED'
  | 'OBJECT_EXISTS'
  | 'S3_REFUSED'
>

/** Undefined: it passes by itself. */
function outputCodeOf(fault: AwsFault): S3ErrorCode | undefined {
  if (fault.code === 'PreconditionFailed' || fault.status === 412) return 'OBJECT_EXISTS'
  if (fault.code === 'NoSuchBucket') return 'BUCKET_NOT_FOUND'
  if (otherRegionCodes.has(fault.code) || fault.status === 301) return 'BUCKET_IN_OTHER_REGION'
  if (isPassing(fault) || sessionCodes.has(fault.code)) return undefined
  if (fault.code.startsWith('KMS.') || /\bkms:|\bKMS\b/.test(fault.message)) return 'KEY_REFUSED'
  if (fault.status !== 403) return 'S3_REFUSED'
  return /policy|is not authorized/.test(fault.message) ? 'PUT_NOT_ALLOWED' : 'BUCKET_OWNER_DIFFERS'
}

/** S3 does not know the session, or no more: the next may be as good as ever, or tell that the role is gone. */
export const sessionCodes = new Set([
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
])

const otherRegionCodes = new Set([
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'PermanentRedirect',
])

interface Told extends S3Request {
  fault: AwsFault
}

const texts: Record<S3ErrorCode, (told: Told) => { message: string; remedy: string }> = {
  OBJECT_EXISTS: ({ target, objectKey }) => ({
    message: `The bucket ${target.bucketName} has an object ${objectKey} that this task did not write.`,
    remedy: 'Export to another outputPath, remove the object, or set output.overwrite to true.',
  }),
  BUCKET_NOT_FOUND: ({ target }) => ({
    message: `There is no bucket ${target.bucketName}.`,
    remedy:
      `Create it in the account ${bucketOwnerOf(target)}: aws s3 mb s3://${target.bucketName}. Or create ` +
      'another output with the right bucketName.',
  }),
  BUCKET_IN_OTHER_REGION: ({ target, fault }) => ({
    message:
      `The bucket ${target.bucketName} is not in ${target.region ?? 'the region it was looked for in'}` +
      `${fault.bucketRegion ? `, but in ${fault.bucketRegion}` : ''}.`,
    remedy: 'Create the output again with the right cloudRegion, or without one: it is looked up.',
  }),
  BUCKET_OWNER_DIFFERS: ({ target, action, objectKey }) => ({
    message:
      `S3 refused ${action} on ${placeOf(target, objectKey)} without naming a policy, as it does when ` +
      `the bucket belongs to another account than ${bucketOwnerOf(target)}.`,
    remedy:
      `First, make sure that the account ${bucketOwnerOf(target)} owns the bucket; if another one does, ` +
      'create the output again with it as expectedBucketOwner, and let its bucket policy allow the ' +
      `role. ${permissionAdvice(target)}`,
  }),
  PUT_NOT_ALLOWED: ({ target, action, objectKey, fault }) => ({
    message:
      `The role ${target.roleArn} may not do ${action} on ${placeOf(target, objectKey)}. AWS says: ` +
      fault.message,
    remedy: permissionAdvice(target),
  }),
  KEY_REFUSED: ({ target, fault }) => ({
    message:
      `KMS refused the key that encrypts ${target.bucketName} (${fault.code}). AWS says: ` +
      fault.message,
    remedy:
      `Allow kms:GenerateDataKey and kms:Decrypt on ${target.kmsKeyArn ?? 'the bucket’s default key'} ` +
      `to the role ${target.roleArn}, in its own policies and in the key’s policy, and see that the ` +
      'key is enabled and in the bucket’s region.',
  }),
  S3_REFUSED: ({ target, action, objectKey, fault }) => ({
    message: `S3 refused ${action} on ${placeOf(target, objectKey)}: ${fault.code}, ${fault.message}`,
    remedy: `See what ${fault.code} means for the bucket ${target.bucketName}, and change its settings.`,
  }),
}

function placeOf({ bucketName }: BucketTarget, objectKey: string | undefined): string {
  return objectKey === undefined ? `the bucket ${bucketName}` : `s3://${bucketName}/${objectKey}`
}

function permissionAdvice(target: BucketTarget): string {
  return (
    `Give the role what it needs: ${permissionsCommand(target)}. A bucket policy, a permissions ` +
    'boundary or a policy of your organization may still deny it.'
  )
}
