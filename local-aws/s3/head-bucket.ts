import { authorizeBucket, findBucket, getBucket } from './bucket-access.ts'
import { type Call, sendEmpty } from './call.ts'

/**
 * Tells a bucket's region also to those who may not enter it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
 */
export function headBucket(call: Call): void {
  const found = findBucket(call)
  if (found) call.response.setHeader('x-amz-bucket-region', found.region)
  const bucket = getBucket(call)
  authorizeBucket(call, bucket, 's3:ListBucket')
  sendEmpty(call, 200, { 'x-amz-access-point-alias': 'false' })
}
