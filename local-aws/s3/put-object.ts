import { getBucket } from './bucket-access.ts'
import { type Call, sendEmpty } from './call.ts'
import { checksumHeaders } from './checksums.ts'
import type { Digests } from './digests.ts'
import { encryptionHeaders } from './encryption.ts'
import { lockObject, requireDigest, versionHeaders } from './object-lock.ts'
import type { ObjectChecksum } from './objects.ts'
import { readWriteCheck } from './preconditions.ts'
import { receiveFile } from './request-body.ts'
import { prepareWrite } from './write-access.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export async function putObject(call: Call): Promise<void> {
  const { catalog, objects, objectFiles } = call.storage
  const bucket = getBucket(call)
  const settings = prepareWrite(call, bucket, ['kms:GenerateDataKey'])
  const check = readWriteCheck(call, bucket)
  requireDigest(call, bucket, 'Object')
  check(objects.find(bucket.name, call.key)) // a refusal that is certain costs no upload
  const received = await receiveFile(call, [], 'crc64nvme')
  const { file, bytes, digests, expectation } = received
  const checksum: ObjectChecksum = {
    algorithm: expectation.checksum?.algorithm ?? 'crc64nvme',
    type: 'FULL_OBJECT',
    value: digests[expectation.checksum?.algorithm ?? 'crc64nvme'] ?? '',
  }
  const object = {
    ...settings,
    bucketName: bucket.name,
    key: call.key,
    bytes,
    etag: etagOf(digests),
    modified: call.now.toISOString(),
    checksum,
    ...lockObject(bucket, call.now),
  }
  try {
    const loose = objects.replace(object, [{ file, bytes }], { check })
    await catalog.removeLoose(objectFiles, loose)
  } catch (error) {
    if (objects.piecesOf(bucket.name, call.key)[0]?.file !== file)
      await catalog.removeLoose(objectFiles, [file])
    throw error
  }
  sendEmpty(call, 200, {
    etag: `"${object.etag}"`,
    ...checksumHeaders(checksum),
    ...encryptionHeaders(object.encryption),
    ...versionHeaders(object),
  })
}

/** The MD5 in hex. */
export function etagOf({ md5 = '' }: Digests): string {
  return Buffer.from(md5, 'base64').toString('hex')
}
