import { AwsError } from '../errors.ts'
import { checkAcl, ownerOf, readAcl } from './acl.ts'
import type { Bucket } from './buckets.ts'
import type { AnswerHeaders, Call } from './call.ts'
import { encryptionHeaders, readEncryption } from './encryption.ts'
import type { ObjectSettings, StoredObject } from './objects.ts'
import { notImplementedHeader } from './s3-errors.ts'

const keptHeaders = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  'x-amz-website-redirect-location',
]
const METADATA_BYTES_MAX = 2 * 1024
const METADATA_PREFIX = 'x-amz-meta-'
const storageClasses = [
  ...['STANDARD', 'REDUCED_REDUNDANCY', 'STANDARD_IA', 'ONEZONE_IA'],
  ...['INTELLIGENT_TIERING', 'GLACIER_IR'],
]
/** Classes of AWS whose objects cannot be read at once. */
const archiveClasses = ['GLACIER', 'DEEP_ARCHIVE', 'OUTPOSTS', 'SNOW', 'EXPRESS_ONEZONE']

/** What the headers of PutObject and CreateMultipartUpload say of the object to come. */
export function readSettings(call: Call, bucket: Bucket): ObjectSettings {
  refuseOthers(call)
  const acl = readAcl(call)
  checkAcl(bucket, acl)
  return {
    ownerAccountId: ownerOf(call, bucket, acl),
    acl: acl ?? 'private',
    ...readDescription(call),
    storageClass: readStorageClass(call),
    encryption: readEncryption(call, bucket),
  }
}

/** The part of the settings that a copy takes over from its source or replaces. */
function readDescription(call: Call): Pick<ObjectSettings, 'headers' | 'metadata'> {
  return { headers: readKeptHeaders(call), metadata: readMetadata(call) }
}

/** Features that are not here must not be passed over in silence. */
function refuseOthers({ headers }: Call): void {
  for (const name of headers.keys()) {
    if (name === 'x-amz-tagging' || name.startsWith('x-amz-object-lock-')) {
      throw notImplementedHeader(name)
    }
  }
}

function readKeptHeaders({ headers }: Call): Record<string, string> {
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' }
  for (const name of keptHeaders) {
    const value = headers.get(name)
    if (value) kept[name] = value
  }
  // aws-chunked is how the bytes came, not what they are.
  const encodings = (kept['content-encoding'] ?? '').split(/\s*,\s*/)
  const encoding = encodings.filter((it) => it !== '' && it !== 'aws-chunked').join(',')
  if (encoding) kept['content-encoding'] = encoding
  else delete kept['content-encoding']
  return kept
}

function readMetadata({ headers }: Call): Record<string, string> {
  const metadata: Record<string, string> = {}
  let bytes = 0
  for (const [name, value] of headers) {
    if (!name.startsWith(METADATA_PREFIX)) continue
    const key = name.slice(METADATA_PREFIX.length)
    metadata[key] = value
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (bytes <= METADATA_BYTES_MAX) return metadata
  throw new AwsError(
    'MetadataTooLarge',
    400,
    'Your metadata headers exceed the maximum allowed metadata size',
    { members: { Size: String(bytes), MaxSizeAllowed: String(METADATA_BYTES_MAX) } },
  )
}

function readStorageClass({ headers }: Call): string {
  const given = headers.get('x-amz-storage-class') ?? 'STANDARD'
  if (storageClasses.includes(given)) return given
  if (archiveClasses.includes(given)) throw notImplementedHeader('x-amz-storage-class')
  throw new AwsError('InvalidStorageClass', 400, 'The storage class you specified is not valid', {
    members: { StorageClassRequested: given },
  })
}

/** The headers of an answer that describe an object. */
export function describeObject(object: StoredObject): AnswerHeaders {
  const metadata = Object.entries(object.metadata).map(([key, value]) => [
    METADATA_PREFIX + key,
    value,
  ])
  return {
    ...object.headers,
    ...Object.fromEntries(metadata),
    ...encryptionHeaders(object.encryption),
    'accept-ranges': 'bytes',
    'last-modified': new Date(object.modified).toUTCString(),
    etag: `"${object.etag}"`,
    'x-amz-version-id': object.versionId,
    'x-amz-storage-class': object.storageClass === 'STANDARD' ? undefined : object.storageClass,
  }
}
