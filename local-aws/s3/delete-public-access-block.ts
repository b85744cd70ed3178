import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type Call, sendEmpty } from './call.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html */
export function deletePublicAccessBlock(call: Call): void {
  const { publicAccessBlock: _, ...bucket } = getBucket(call)
  authorizeBucket(call, getBucket(call), 's3:PutBucketPublicAccessBlock')
  call.storage.buckets.put(bucket)
  sendEmpty(call, 204)
}
