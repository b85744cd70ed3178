import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type Call, sendXml } from './call.ts'

/**
 * Only buckets with Object Lock keep versions here.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
 */
export function getBucketVersioning(call: Call): void {
  const bucket = getBucket(call)
  authorizeBucket(call, bucket, 's3:GetBucketVersioning')
  sendXml(call, 'VersioningConfiguration', bucket.objectLock ? { Status: 'Enabled' } : {})
}
