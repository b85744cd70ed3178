import { type Call, sendEmpty } from './call.ts'
import { checksumHeader, readExpectation } from './checksums.ts'
import { encryptionHeaders } from './encryption.ts'
import { requireDigest } from './object-lock.ts'
import { etagOf } from './put-object.ts'
import { receiveFile } from './request-body.ts'
import { invalidRequest } from './s3-errors.ts'
import { getUpload, openUploadBucket, readPartNumber } from './upload-access.ts'
import type { Upload } from './uploads.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export async function uploadPart(call: Call): Promise<void> {
  const { catalog, uploads, objectFiles } = call.storage
  const bucket = openUploadBucket(call, 's3:PutObject')
  const partNumber = readPartNumber(call)
  const upload = getUpload(call)
  requireDigest(call, bucket, 'Part')
  checkAlgorithm(call, upload)
  const received = await receiveFile(call, [upload.checksumAlgorithm])
  const { file, bytes, digests, expectation } = received
  const algorithm = expectation.checksum?.algorithm ?? upload.checksumAlgorithm
  const { md5: _, ...checksums } = digests
  try {
    getUpload(call) // it may have been aborted or completed while the bytes came
  } catch (error) {
    await catalog.removeLoose(objectFiles, [file])
    throw error
  }
  const etag = etagOf(digests)
  const modified = call.now.toISOString()
  const loose = uploads.putPart(upload.id, { partNumber, file, bytes, etag, modified, checksums })
  await catalog.removeLoose(objectFiles, loose)
  sendEmpty(call, 200, {
    etag: `"${etag}"`,
    [checksumHeader(algorithm)]: checksums[algorithm],
    ...encryptionHeaders(upload.encryption),
  })
}

/** Once an upload has an algorithm of the client's choice, each part comes with it. */
function checkAlgorithm(call: Call, { checksumAlgorithm, isChecksumChosen }: Upload): void {
  if (!isChecksumChosen) return
  const given = readExpectation(call).checksum?.algorithm
  if (given === checksumAlgorithm) return
  throw invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${checksumAlgorithm}, ` +
      `actual checksum Type: ${given ?? 'null'}`,
  )
}
