import { AwsError } from '../errors.ts'
import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type Call, sendEmpty } from './call.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html */
export async function deleteBucket(call: Call): Promise<void> {
  const bucket = getBucket(call)
  authorizeBucket(call, bucket, 's3:DeleteBucket')
  const { catalog, buckets, objects, uploads, objectFiles } = call.storage
  if (!objects.isEmpty(bucket.name)) {
    throw new AwsError('BucketNotEmpty', 409, 'The bucket you tried to delete is not empty', {
      members: { BucketName: bucket.name },
    })
  }
  const loose = catalog.transaction(() => {
    buckets.remove(bucket.name)
    return uploads.list(bucket.name).flatMap((upload) => uploads.remove(upload.id))
  })
  await catalog.removeLoose(objectFiles, loose)
  sendEmpty(call, 204)
}
