import { randomBytes } from 'node:crypto'
import { AwsError } from '../errors.ts'
import { bucketAccess, isAllowed } from './bucket-access.ts'
import type { Bucket } from './buckets.ts'
import type { AnswerHeaders, Call } from './call.ts'
import { readExpectation } from './checksums.ts'
import { authorizeKey } from './object-access.ts'
import type { StoredObject } from './objects.ts'
import { accessDenied, invalidRequest, notImplementedHeader } from './s3-errors.ts'

/**
 * A bucket with Object Lock keeps what is overwritten or deleted as versions, and lets nobody remove
 * a version before its time. Here versions are kept but cannot be read or listed, and those whose time
 * is over cannot be removed.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export function lockObject(
  { objectLock }: Bucket,
  now: Date,
): Pick<StoredObject, 'versionId' | 'retention'> {
  if (!objectLock) return {}
  const { defaultRetention } = objectLock
  if (!defaultRetention) return { versionId: newVersionId() }
  const until = new Date(now)
  if ('days' in defaultRetention) until.setUTCDate(until.getUTCDate() + defaultRetention.days)
  else until.setUTCFullYear(until.getUTCFullYear() + defaultRetention.years)
  const retention = { mode: defaultRetention.mode, retainUntil: until.toISOString() }
  return { versionId: newVersionId(), retention }
}

export function newVersionId(): string {
  return randomBytes(24).toString('base64url')
}

/** What is to be kept must be what was sent: its digest comes along. */
export function requireDigest(call: Call, { objectLock }: Bucket, what: 'Object' | 'Part'): void {
  if (!objectLock?.defaultRetention) return
  const { md5, checksum } = readExpectation(call)
  if (md5 !== undefined || checksum) return
  throw invalidRequest(
    `Content-MD5 OR x-amz-checksum- HTTP header is required for Put ${what} requests with Object Lock parameters`,
  )
}

export function versionHeaders({ versionId }: StoredObject): AnswerHeaders {
  return { 'x-amz-version-id': versionId }
}

/** For those who may know. */
export function retentionHeaders(call: Call, bucket: Bucket, object: StoredObject): AnswerHeaders {
  const { retention, key } = object
  const access = bucketAccess(call, bucket, { action: 's3:GetObjectRetention', key })
  if (!retention || !isAllowed(call, access)) return {}
  return {
    'x-amz-object-lock-mode': retention.mode,
    'x-amz-object-lock-retain-until-date': retention.retainUntil,
  }
}

/** Removing a version for good: refused while it is protected, and otherwise not done here. */
export function refuseVersionRemoval(
  call: Call,
  bucket: Bucket,
  { key, versionId }: { key: string; versionId: string },
): AwsError {
  authorizeKey(call, bucket, { action: 's3:DeleteObjectVersion', key })
  const version = call.storage.objects.findVersion(bucket.name, key, versionId)
  const retainUntil = version?.retention?.retainUntil
  const isProtected = retainUntil !== undefined && new Date(retainUntil) > call.now
  const bypasses = call.headers.has('x-amz-bypass-governance-retention')
  if (isProtected && !bypasses) {
    return accessDenied('Access Denied because object protected by object lock.')
  }
  return notImplementedHeader('versionId')
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html */
export function invalidBucketState(): AwsError {
  return new AwsError(
    'InvalidBucketState',
    409,
    "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
  )
}
