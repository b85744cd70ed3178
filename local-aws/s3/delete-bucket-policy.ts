import { getBucket } from './bucket-access.ts'
import { type Call, sendEmpty } from './call.ts'
import { authorizePolicy } from './put-bucket-policy.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html */
export function deleteBucketPolicy(call: Call): void {
  const { policy: _, ...bucket } = getBucket(call)
  authorizePolicy(call, getBucket(call), 's3:DeleteBucketPolicy')
  call.storage.buckets.put(bucket)
  sendEmpty(call, 204)
}
