import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type Call, sendEmpty } from './call.ts'

/**
 * Back to AES256: there are no unencrypted objects.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html
 */
export function deleteBucketEncryption(call: Call): void {
  const bucket = getBucket(call)
  authorizeBucket(call, bucket, 's3:PutEncryptionConfiguration')
  const encryption = { algorithm: 'AES256', bucketKeyEnabled: false } as const
  call.storage.buckets.put({ ...bucket, encryption })
  sendEmpty(call, 204)
}
