import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type Call, sendEmpty } from './call.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html */
export function deleteBucketOwnershipControls(call: Call): void {
  const { ownership: _, ...bucket } = getBucket(call)
  authorizeBucket(call, getBucket(call), 's3:PutBucketOwnershipControls')
  call.storage.buckets.put(bucket)
  sendEmpty(call, 204)
}
