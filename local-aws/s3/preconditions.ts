import { bucketAccess, requireAccess } from './bucket-access.ts'
import type { Bucket } from './buckets.ts'
import type { Call } from './call.ts'
import type { StoredObject } from './objects.ts'
import { noSuchKey, notImplementedHeader, preconditionFailed } from './s3-errors.ts'

/** Throws, unless the object that a write would replace is as the request demands. */
type WriteCheck = (existing: StoredObject | undefined) => void

/**
 * If-None-Match and If-Match of a write. To compare an ETag is to read, so If-Match needs
 * s3:GetObject.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function readWriteCheck(call: Call, bucket: Bucket): WriteCheck {
  const ifNoneMatch = call.headers.get('if-none-match')
  const ifMatch = call.headers.get('if-match')
  if (ifNoneMatch !== undefined && (ifNoneMatch !== '*' || ifMatch !== undefined)) {
    throw notImplementedHeader('If-None-Match')
  }
  if (ifMatch !== undefined) {
    requireAccess(call, bucketAccess(call, bucket, { action: 's3:GetObject', key: call.key }))
  }
  return (existing) => {
    if (ifNoneMatch !== undefined && existing) throw preconditionFailed('If-None-Match')
    if (ifMatch === undefined) return
    if (!existing) throw noSuchKey(call.key)
    if (ifMatch !== '*' && unquote(ifMatch) !== existing.etag) throw preconditionFailed('If-Match')
  }
}

/** The keys that a policy may ask of a conditional write. */
export function writeConditionContext({ headers }: Call, isCreation: boolean) {
  return {
    's3:if-none-match': headers.get('if-none-match'),
    's3:if-match': headers.get('if-match'),
    's3:ObjectCreationOperation': String(isCreation),
  }
}

/**
 * The conditions of a read. Gives true when the reader has the object already (304).
 * https://www.rfc-editor.org/rfc/rfc9110#name-precedence-of-preconditions
 */
export function isNotModified(
  headers: ReadonlyMap<string, string>,
  object: StoredObject,
  prefix = '',
): boolean {
  const ifMatch = headers.get(`${prefix}if-match`)
  const ifNoneMatch = headers.get(`${prefix}if-none-match`)
  const modified = Math.floor(Date.parse(object.modified) / 1000) * 1000
  const unmodifiedSince = Date.parse(headers.get(`${prefix}if-unmodified-since`) ?? '')
  const modifiedSince = Date.parse(headers.get(`${prefix}if-modified-since`) ?? '')
  if (ifMatch !== undefined) {
    if (!matchesEtag(ifMatch, object)) throw preconditionFailed('If-Match')
  } else if (modified > unmodifiedSince) throw preconditionFailed('If-Unmodified-Since')
  if (ifNoneMatch !== undefined) return matchesEtag(ifNoneMatch, object)
  return modified <= modifiedSince
}

function matchesEtag(given: string, { etag }: StoredObject): boolean {
  return given.split(',').some((it) => ['*', etag].includes(unquote(it.trim())))
}

export function unquote(etag: string): string {
  return etag.replace(/^(W\/)?"(.*)"$/, '$2')
}
