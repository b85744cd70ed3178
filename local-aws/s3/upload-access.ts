import { getBucket } from './bucket-access.ts'
import type { Bucket } from './buckets.ts'
import type { Call } from './call.ts'
import { authorizeKey } from './object-access.ts'
import { invalidArgument, noSuchUpload } from './s3-errors.ts'
import type { Upload } from './uploads.ts'

/** The bucket of a call that names an upload, once the caller may do this to the key. */
export function openUploadBucket(call: Call, action: string): Bucket {
  const bucket = getBucket(call)
  authorizeKey(call, bucket, { action })
  return bucket
}

/** The upload that the call names. Throws NoSuchUpload for one of another key, too. */
export function getUpload(call: Call): Upload {
  const uploadId = call.query.get('uploadId') ?? ''
  const upload = call.storage.uploads.find(call.bucketName, call.key, uploadId)
  if (!upload) throw noSuchUpload(uploadId)
  return upload
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const PART_NUMBER_MAX = 10_000

export function readPartNumber({ query }: Call): number {
  const given = query.get('partNumber') ?? ''
  const number = /^\d{1,5}$/.test(given) ? Number(given) : 0
  if (number >= 1 && number <= PART_NUMBER_MAX) return number
  throw invalidArgument(
    `Part number must be an integer between 1 and ${PART_NUMBER_MAX}, inclusive`,
    'partNumber',
    given,
  )
}
