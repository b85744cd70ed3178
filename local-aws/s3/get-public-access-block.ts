import { AwsError } from '../errors.ts'
import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type Call, sendXml } from './call.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html */
export function getPublicAccessBlock(call: Call): void {
  const bucket = getBucket(call)
  authorizeBucket(call, bucket, 's3:GetBucketPublicAccessBlock')
  if (!bucket.publicAccessBlock) {
    throw new AwsError(
      'NoSuchPublicAccessBlockConfiguration',
      404,
      'The public access block configuration was not found',
      { members: { BucketName: bucket.name } },
    )
  }
  sendXml(call, 'PublicAccessBlockConfiguration', bucket.publicAccessBlock)
}
