import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type Call, sendXml } from './call.ts'

/**
 * Requests signed for us-east-1 may ask about any bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
 */
export function getBucketLocation(call: Call): void {
  const bucket = getBucket(call, { fromAnywhere: call.caller.region === 'us-east-1' })
  authorizeBucket(call, bucket, 's3:GetBucketLocation')
  sendXml(call, 'LocationConstraint', bucket.region === 'us-east-1' ? '' : bucket.region)
}
