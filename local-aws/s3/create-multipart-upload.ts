import { randomBytes } from 'node:crypto'
import { getBucket } from './bucket-access.ts'
import { type Call, sendXml, setHeaders } from './call.ts'
import { readAlgorithm } from './checksums.ts'
import type { ChecksumAlgorithm } from './digests.ts'
import { encryptionHeaders } from './encryption.ts'
import type { ChecksumType } from './objects.ts'
import { invalidRequest } from './s3-errors.ts'
import { prepareWrite } from './write-access.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export function createMultipartUpload(call: Call): void {
  const bucket = getBucket(call)
  const settings = prepareWrite(call, bucket, ['kms:GenerateDataKey', 'kms:Decrypt'])
  const chosen = readAlgorithm(call.headers, 'x-amz-checksum-algorithm')
  const checksumAlgorithm = chosen ?? 'crc64nvme'
  const checksumType = readType(call, checksumAlgorithm)
  const id = randomBytes(48).toString('base64url')
  const { principal } = call.caller
  call.storage.uploads.add({
    ...settings,
    id,
    bucketName: bucket.name,
    key: call.key,
    initiatorArn: principal === 'anonymous' ? 'anonymous' : principal.arn,
    initiated: call.now.toISOString(),
    checksumAlgorithm,
    checksumType,
    isChecksumChosen: chosen !== undefined,
  })
  setHeaders(call, {
    ...encryptionHeaders(settings.encryption),
    ...(chosen && {
      'x-amz-checksum-algorithm': chosen.toUpperCase(),
      'x-amz-checksum-type': checksumType,
    }),
  })
  sendXml(call, 'InitiateMultipartUploadResult', {
    Bucket: bucket.name,
    Key: call.key,
    UploadId: id,
  })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
const types: Record<ChecksumAlgorithm, ChecksumType[]> = {
  crc32: ['COMPOSITE', 'FULL_OBJECT'],
  crc32c: ['COMPOSITE', 'FULL_OBJECT'],
  crc64nvme: ['FULL_OBJECT'],
  sha1: ['COMPOSITE'],
  sha256: ['COMPOSITE'],
}

/** The algorithm's own type, unless the request names another that it can have. */
function readType({ headers }: Call, algorithm: ChecksumAlgorithm): ChecksumType {
  const given = headers.get('x-amz-checksum-type')
  const [byDefault, ...others] = types[algorithm]
  const type = [byDefault, ...others].find((it) => it === (given ?? byDefault))
  if (type) return type
  throw invalidRequest(
    `The ${given} checksum type cannot be used with the ${algorithm} checksum algorithm.`,
  )
}
