import { pipeline } from 'node:stream/promises'
import { AwsError } from '../errors.ts'
import { getBucket } from './bucket-access.ts'
import { type Call, sendEmpty, setHeaders } from './call.ts'
import { checksumHeaders } from './checksums.ts'
import { requireKey } from './encryption.ts'
import { getReadableObject } from './object-access.ts'
import { retentionHeaders } from './object-lock.ts'
import { describeObject } from './object-settings.ts'
import type { StoredObject } from './objects.ts'
import { isNotModified } from './preconditions.ts'
import { notImplementedHeader } from './s3-errors.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export async function getObject(call: Call): Promise<void> {
  const object = openObject(call)
  if (object === undefined) return
  const { objects, objectFiles } = call.storage
  const range = readRange(call, object)
  const pieces = objects.piecesOf(object.bucketName, object.key)
  const release = objectFiles.hold(pieces.map(({ file }) => file))
  try {
    setHeaders(call, answerHeaders(call, object, range))
    call.response.writeHead(range.isWhole ? 200 : 206)
    await pipeline(objectFiles.read(pieces, range), call.response)
  } finally {
    await release()
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export function headObject(call: Call): void {
  const object = openObject(call)
  if (object === undefined) return
  const range = readRange(call, object)
  setHeaders(call, answerHeaders(call, object, range))
  call.response.writeHead(range.isWhole ? 200 : 206).end()
}

/** The object, readable by the caller; undefined when the caller has it already and was told so. */
function openObject(call: Call): StoredObject | undefined {
  const bucket = getBucket(call)
  for (const name of ['partNumber', 'versionId'])
    if (call.query.has(name) && call.query.get(name) !== 'null') throw notImplementedHeader(name)
  const object = getReadableObject(call, bucket)
  requireKey(call, bucket, { encryption: object.encryption, action: 'kms:Decrypt' })
  if (!isNotModified(call.headers, object)) return object
  sendEmpty(call, 304, { etag: `"${object.etag}"` })
  return undefined
}

interface Range {
  start: number
  /** Exclusive. */
  end: number
  isWhole: boolean
}

/** One range; several, or what is no range, are passed over, as RFC 9110 14.2 allows. */
function readRange({ headers }: Call, { bytes }: StoredObject): Range {
  const whole = { start: 0, end: bytes, isWhole: true }
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(headers.get('range') ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return whole
  if (from !== '' && to !== '' && Number(to) < Number(from)) return whole
  const start = from === '' ? Math.max(bytes - Number(to), 0) : Number(from)
  const end = from === '' || to === '' ? bytes : Math.min(Number(to) + 1, bytes)
  if (start < end) return { start, end, isWhole: false }
  throw new AwsError('InvalidRange', 416, 'The requested range is not satisfiable', {
    members: { RangeRequested: headers.get('range') ?? '', ActualObjectSize: String(bytes) },
  })
}

const overrides = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]

function answerHeaders(call: Call, object: StoredObject, { start, end, isWhole }: Range) {
  const wantsChecksum = call.headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED'
  const given = overrides.map((name) => [name, call.query.get(`response-${name}`)])
  return {
    ...describeObject(object),
    ...retentionHeaders(call, getBucket(call), object),
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    ...(wantsChecksum && isWhole && checksumHeaders(object.checksum)),
    'content-length': end - start,
    ...(!isWhole && { 'content-range': `bytes ${start}-${end - 1}/${object.bytes}` }),
  }
}
