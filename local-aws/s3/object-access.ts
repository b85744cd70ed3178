import type { PolicyDocument, Statement } from '@sluice/iam'
import type { Access } from '../authorize.ts'
import { bucketAccess, isAllowed, requireAccess } from './bucket-access.ts'
import type { Bucket } from './buckets.ts'
import type { Call } from './call.ts'
import type { CannedAcl, StoredObject } from './objects.ts'
import { accessDenied, noSuchKey } from './s3-errors.ts'

type Context = Record<string, string | string[] | undefined>

/** Throws AccessDenied unless the caller may do this to the key, whether or not it exists. */
export function authorizeKey(
  call: Call,
  bucket: Bucket,
  { action, key = call.key, context }: { action: string; key?: string; context?: Context },
): void {
  requireAccess(call, bucketAccess(call, bucket, { action, key, ...(context && { context }) }))
}

/**
 * The object, if the caller may read it. Who may not list the bucket does not learn whether a key is
 * missing.
 */
export function getReadableObject(
  call: Call,
  bucket: Bucket,
  { key = call.key, action = 's3:GetObject' }: { key?: string; action?: string } = {},
): StoredObject {
  const object = call.storage.objects.find(bucket.name, key)
  const access = bucketAccess(call, bucket, { action, key })
  requireAccess(call, object ? withAcl(access, bucket, object) : access)
  if (object) return object
  const listing = bucketAccess(call, bucket, { action: 's3:ListBucket' })
  throw isAllowed(call, listing) ? noSuchKey(key) : accessDenied()
}

/**
 * An object belongs to who wrote it, unless ACLs are disabled: then a bucket policy grants nothing on
 * another account's object, and the object's ACL does.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
 */
function withAcl(access: Access, bucket: Bucket, object: StoredObject): Access {
  if (bucket.ownership === 'BucketOwnerEnforced') return access
  const isOwnersObject = object.ownerAccountId === bucket.ownerAccountId
  const fromPolicy = (access.resourcePolicy?.Statement ?? []).filter(
    (statement) => isOwnersObject || statement.Effect === 'Deny',
  )
  const resourcePolicy: PolicyDocument = {
    Version: access.resourcePolicy?.Version ?? '2012-10-17',
    Statement: [...fromPolicy, ...aclStatements(bucket, object, access.action)],
  }
  return { ...access, resourceAccountId: object.ownerAccountId, resourcePolicy }
}

const aclReaders: Record<CannedAcl, 'everyone' | 'bucket-owner' | 'nobody'> = {
  private: 'nobody',
  'public-read': 'everyone',
  'public-read-write': 'everyone',
  'authenticated-read': 'everyone',
  'aws-exec-read': 'nobody',
  'bucket-owner-read': 'bucket-owner',
  'bucket-owner-full-control': 'bucket-owner',
}

/** The ACL's grants, in the words of a resource policy. */
function aclStatements(bucket: Bucket, { acl }: StoredObject, action: string): Statement[] {
  const readers = aclReaders[acl]
  if (readers === 'nobody') return []
  const isForAcl = action.endsWith('ObjectAcl')
  const owner = `arn:aws:iam::${bucket.ownerAccountId}:root`
  if (readers === 'bucket-owner') {
    if (isForAcl && acl === 'bucket-owner-read') return []
    return [{ Effect: 'Allow', Principal: { AWS: [owner] }, Action: [action], Resource: ['*'] }]
  }
  if (isForAcl || bucket.publicAccessBlock?.IgnorePublicAcls) return []
  // Requests that nobody signed have no aws:PrincipalAccount.
  const signed = { Null: { 'aws:PrincipalAccount': ['false'] } }
  return [
    {
      Effect: 'Allow',
      Principal: { AWS: ['*'] },
      Action: [action],
      Resource: ['*'],
      ...(acl === 'authenticated-read' && { Condition: signed }),
    },
  ]
}
