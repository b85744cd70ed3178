import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type Call, sendXml } from './call.ts'
import type { Objects, StoredObject } from './objects.ts'
import { ownerElement } from './owners.ts'
import { invalidArgument } from './s3-errors.ts'
import type { Members } from './xml.ts'

const KEYS_MAX = 1000
/** Follows every key that begins with what stands before it. */
const LAST = '\u{10ffff}'

interface Listing {
  prefix: string
  delimiter: string
  maxKeys: number
  /** Exclusive. */
  after: string
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listObjectsV2(call: Call): void {
  const token = call.query.get('continuation-token')
  const startAfter = call.query.get('start-after')
  const after = token === undefined ? (startAfter ?? '') : readToken(token)
  const { bucketName, listing, page, encode } = list(call, after)
  sendXml(call, 'ListBucketResult', {
    Name: bucketName,
    Prefix: encode(listing.prefix),
    KeyCount: page.objects.length + page.prefixes.length,
    MaxKeys: listing.maxKeys,
    Delimiter: listing.delimiter ? encode(listing.delimiter) : undefined,
    EncodingType: call.query.get('encoding-type'),
    IsTruncated: page.next !== undefined,
    ContinuationToken: token,
    NextContinuationToken: page.next && Buffer.from(page.next).toString('base64'),
    StartAfter: startAfter && encode(startAfter),
    Contents: page.objects.map((object) =>
      describe(object, encode, call.query.get('fetch-owner') === 'true'),
    ),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export function listObjects(call: Call): void {
  const marker = call.query.get('marker') ?? ''
  const { bucketName, listing, page, encode } = list(call, marker)
  sendXml(call, 'ListBucketResult', {
    Name: bucketName,
    Prefix: encode(listing.prefix),
    Marker: encode(marker),
    MaxKeys: listing.maxKeys,
    Delimiter: listing.delimiter ? encode(listing.delimiter) : undefined,
    EncodingType: call.query.get('encoding-type'),
    IsTruncated: page.next !== undefined,
    NextMarker: page.next && listing.delimiter ? encode(page.next) : undefined,
    Contents: page.objects.map((object) => describe(object, encode, true)),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  })
}

function list(call: Call, after: string) {
  const { query } = call
  const bucket = getBucket(call)
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  authorizeBucket(call, bucket, 's3:ListBucket', {
    's3:prefix': query.get('prefix'),
    's3:delimiter': query.get('delimiter'),
    's3:max-keys': query.get('max-keys'),
  })
  const listing = { prefix, delimiter, after, maxKeys: readMaxKeys(call) }
  const isEncoded = query.get('encoding-type') === 'url'
  const encode = (text: string) =>
    isEncoded ? encodeURIComponent(text).replaceAll('%2F', '/') : text
  const page = readPage(call.storage.objects, bucket.name, listing)
  return { bucketName: bucket.name, listing, page, encode }
}

function readMaxKeys({ query }: Call): number {
  const given = query.get('max-keys') ?? String(KEYS_MAX)
  if (/^\d{1,9}$/.test(given)) return Math.min(Number(given), KEYS_MAX)
  throw invalidArgument(
    'Provided max-keys not an integer or within integer range',
    'max-keys',
    given,
  )
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString('utf8')
  if (text !== '') return text
  throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token)
}

interface Page {
  objects: StoredObject[]
  prefixes: string[]
  /** What the next page comes after; absent: this is the last. */
  next: string | undefined
}

/** Keys that share all up to the delimiter count as one. */
function readPage(objects: Objects, bucketName: string, listing: Listing): Page {
  const { prefix, delimiter, maxKeys, after } = listing
  const page: Page = { objects: [], prefixes: [], next: undefined }
  if (maxKeys === 0) return page
  const from = after > prefix ? after : prefix
  const to = prefix === '' ? undefined : prefix + LAST
  let last = ''
  for (const object of objects.iterate({ bucketName, from, to })) {
    const { key } = object
    if (key <= after) continue
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const group = cut < 0 ? undefined : key.slice(0, cut + delimiter.length)
    if (group !== undefined && (group === page.prefixes.at(-1) || group <= after)) continue
    if (page.objects.length + page.prefixes.length === maxKeys) return { ...page, next: last }
    if (group === undefined) page.objects.push(object)
    else page.prefixes.push(group)
    last = group === undefined ? key : group + LAST
  }
  return page
}

function describe(
  object: StoredObject,
  encode: (text: string) => string,
  hasOwner: boolean,
): Members {
  return {
    Key: encode(object.key),
    LastModified: object.modified,
    ETag: `"${object.etag}"`,
    ChecksumAlgorithm: object.checksum.algorithm.toUpperCase(),
    ChecksumType: object.checksum.type,
    Size: object.bytes,
    StorageClass: object.storageClass,
    Owner: hasOwner ? ownerElement(object.ownerAccountId) : undefined,
  }
}
