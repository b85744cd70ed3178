import type { Bucket } from './buckets.ts'
import type { Call } from './call.ts'
import { type CannedAcl, cannedAcls } from './objects.ts'
import {
  accessControlListNotSupported,
  accessDenied,
  invalidArgument,
  notImplementedHeader,
} from './s3-errors.ts'

const grantHeaders = ['read', 'write', 'read-acp', 'write-acp', 'full-control'].map(
  (it) => `x-amz-grant-${it}`,
)

/** The canned ACL that the request names, and whether it names one. Grants are not implemented. */
export function readAcl(call: Call): CannedAcl | undefined {
  const grant = grantHeaders.find((name) => call.headers.has(name))
  if (grant) throw notImplementedHeader(grant)
  const given = call.headers.get('x-amz-acl')
  if (given === undefined) return undefined
  const acl = cannedAcls.find((it) => it === given)
  if (!acl) throw invalidArgument('', 'x-amz-acl', given)
  return acl
}

/** The keys that a policy may ask of a request with an ACL. */
export function aclContext(call: Call): Record<string, string | undefined> {
  const names = ['x-amz-acl', ...grantHeaders]
  return Object.fromEntries(names.map((name) => [`s3:${name}`, call.headers.get(name)]))
}

/** Where ACLs are disabled, only the one that changes nothing is accepted. */
export function checkAcl(bucket: Bucket, acl: CannedAcl | undefined): void {
  if (acl === undefined) return
  const isPublic = /^(public-|authenticated-)/.test(acl)
  if (isPublic && bucket.publicAccessBlock?.BlockPublicAcls) throw accessDenied()
  if (bucket.ownership === 'BucketOwnerEnforced' && acl !== 'bucket-owner-full-control') {
    throw accessControlListNotSupported()
  }
}

/** Who owns an object that this caller writes. */
export function ownerOf(call: Call, bucket: Bucket, acl: CannedAcl | undefined): string {
  const { principal } = call.caller
  const isGiven = bucket.ownership === 'BucketOwnerPreferred' && acl === 'bucket-owner-full-control'
  if (principal === 'anonymous' || bucket.ownership === 'BucketOwnerEnforced' || isGiven) {
    return bucket.ownerAccountId
  }
  return principal.accountId
}
