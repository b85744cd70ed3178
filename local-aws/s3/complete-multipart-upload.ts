import { createHash } from 'node:crypto'
import { AwsError } from '../errors.ts'
import type { Bucket } from './buckets.ts'
import { type Call, sendXml, setHeaders } from './call.ts'
import { checksumElement, checksumHeader } from './checksums.ts'
import { combineCrcs, crcs } from './crc-combine.ts'
import { createDigester } from './digests.ts'
import { encryptionHeaders } from './encryption.ts'
import { lockObject, versionHeaders } from './object-lock.ts'
import type { ObjectChecksum, StoredObject } from './objects.ts'
import { readWriteCheck, unquote } from './preconditions.ts'
import { receiveText } from './request-body.ts'
import { badDigest, invalidRequest, malformedXml } from './s3-errors.ts'
import { getUpload, openUploadBucket } from './upload-access.ts'
import type { Part, Upload } from './uploads.ts'
import { readXml, type XmlElement } from './xml.ts'

const PART_BYTES_MIN = 5 * 1024 ** 2

/**
 * The parts become the object's pieces as they lie: no byte is copied, and no state between the upload
 * and the object exists.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export async function completeMultipartUpload(call: Call): Promise<void> {
  const { catalog, objects, uploads, objectFiles } = call.storage
  const bucket = openUploadBucket(call, 's3:PutObject')
  const check = readWriteCheck(call, bucket)
  const named = readParts(await receiveText(call, { checksumIsOfObject: true }))
  const finished = findFinished(call, bucket)
  if (finished) return answer(call, finished)
  const upload = getUpload(call)
  const parts = pickParts(named, uploads.listParts(upload.id), upload)
  const checksum = await checksumOf(upload, parts)
  checkWhole(call, { parts, checksum })
  const object: StoredObject = {
    ...settingsOf(upload),
    bucketName: bucket.name,
    key: call.key,
    bytes: sizeOf(parts),
    etag: etagOf(parts),
    modified: call.now.toISOString(),
    checksum,
    uploadId: upload.id,
    ...lockObject(bucket, call.now),
  }
  const pieces = parts.map(({ file, bytes, partNumber, checksums }) => {
    const value = checksums[upload.checksumAlgorithm]
    return { file, bytes, partNumber, ...(value !== undefined && { checksum: value }) }
  })
  const also = () => uploads.remove(upload.id)
  await catalog.removeLoose(objectFiles, objects.replace(object, pieces, { check, also }))
  answer(call, object)
}

function answer(call: Call, object: StoredObject): void {
  const { checksum, bucketName, key, etag } = object
  setHeaders(call, { ...encryptionHeaders(object.encryption), ...versionHeaders(object) })
  sendXml(call, 'CompleteMultipartUploadResult', {
    Location: `http://${call.request.headers.host ?? ''}/${bucketName}/${encodeURIComponent(key)}`,
    Bucket: bucketName,
    Key: key,
    ETag: `"${etag}"`,
    [checksumElement(checksum.algorithm)]: checksum.value,
    ChecksumType: checksum.type,
  })
}

/** Completing again what is complete succeeds again. */
function findFinished(call: Call, bucket: Bucket): StoredObject | undefined {
  const object = call.storage.objects.find(bucket.name, call.key)
  return object?.uploadId === call.query.get('uploadId') ? object : undefined
}

function settingsOf(upload: Upload) {
  const { ownerAccountId, acl, headers, metadata, storageClass, encryption } = upload
  return { ownerAccountId, acl, headers, metadata, storageClass, encryption }
}

interface NamedPart {
  partNumber: number
  etag: string
  element: XmlElement
}

function readParts(body: string): NamedPart[] {
  const document = readXml(body, 'CompleteMultipartUpload', 'MultipartUpload')
  const parts = document.children('Part').map((element) => ({
    partNumber: Number(element.text('PartNumber')?.trim()),
    etag: unquote(element.text('ETag')?.trim() ?? ''),
    element,
  }))
  if (parts.length > 0 && parts.every((part) => Number.isInteger(part.partNumber))) return parts
  throw malformedXml()
}

function pickParts(named: NamedPart[], stored: Part[], upload: Upload): Part[] {
  const byNumber = new Map(stored.map((part) => [part.partNumber, part]))
  let last = 0
  const parts = named.map(({ partNumber, etag, element }) => {
    if (partNumber <= last)
      throw new AwsError(
        'InvalidPartOrder',
        400,
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
      )
    last = partNumber
    const part = byNumber.get(partNumber)
    const given = element.text(checksumElement(upload.checksumAlgorithm))?.trim()
    const isSame = given === undefined || given === part?.checksums[upload.checksumAlgorithm]
    if (part && part.etag === etag && isSame) return part
    throw new AwsError(
      'InvalidPart',
      400,
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      { members: { UploadId: upload.id, PartNumber: String(partNumber), ETag: etag } },
    )
  })
  const small = parts.slice(0, -1).find(({ bytes }) => bytes < PART_BYTES_MIN)
  if (!small) return parts
  throw new AwsError(
    'EntityTooSmall',
    400,
    'Your proposed upload is smaller than the minimum allowed size',
    {
      members: {
        ProposedSize: String(small.bytes),
        MinSizeAllowed: String(PART_BYTES_MIN),
        PartNumber: String(small.partNumber),
        ETag: small.etag,
      },
    },
  )
}

/** The MD5 of the parts' MD5s, and how many there were. */
function etagOf(parts: Part[]): string {
  const hash = createHash('md5')
  for (const { etag } of parts) hash.update(Buffer.from(etag, 'hex'))
  return `${hash.digest('hex')}-${parts.length}`
}

function sizeOf(parts: Part[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0)
}

async function checksumOf(upload: Upload, parts: Part[]): Promise<ObjectChecksum> {
  const { checksumAlgorithm: algorithm, checksumType: type } = upload
  const values = parts.map(({ bytes, checksums }) => ({
    bytes,
    digest: Buffer.from(checksums[algorithm] ?? '', 'base64'),
  }))
  if (
    type === 'FULL_OBJECT' &&
    (algorithm === 'crc32' || algorithm === 'crc32c' || algorithm === 'crc64nvme')
  ) {
    const crc = crcs[algorithm]
    const runs = values.map(({ bytes, digest }) => ({
      bytes,
      crc: BigInt(`0x${digest.toString('hex')}`),
    }))
    const hex = combineCrcs(crc, runs)
      .toString(16)
      .padStart(Number(crc.bits) / 4, '0')
    return { algorithm, type, value: Buffer.from(hex, 'hex').toString('base64') }
  }
  const digester = await createDigester([algorithm])
  for (const { digest } of values) digester.update(digest)
  return { algorithm, type, value: `${digester.digest()[algorithm]}-${parts.length}` }
}

/** What the request says of the whole object. */
function checkWhole(call: Call, whole: { parts: Part[]; checksum: ObjectChecksum }): void {
  const { headers } = call
  const { algorithm, type, value } = whole.checksum
  const expectedType = headers.get('x-amz-checksum-type')
  if (expectedType !== undefined && expectedType !== type)
    throw invalidRequest(
      `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`,
    )
  const size = headers.get('x-amz-mp-object-size')
  if (size !== undefined && size !== String(sizeOf(whole.parts)))
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${size} does not match what was computed: ${sizeOf(whole.parts)}`,
    )
  const expected = headers.get(checksumHeader(algorithm))
  if (expected === undefined || expected === value || `${expected}-${whole.parts.length}` === value)
    return
  throw badDigest(algorithm, { expected, calculated: value })
}
