import { AwsError } from '../errors.ts'
import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type Call, sendXml } from './call.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html */
export function getBucketOwnershipControls(call: Call): void {
  const bucket = getBucket(call)
  authorizeBucket(call, bucket, 's3:GetBucketOwnershipControls')
  if (!bucket.ownership) {
    throw new AwsError(
      'OwnershipControlsNotFoundError',
      404,
      'The bucket ownership controls were not found',
      { members: { BucketName: bucket.name } },
    )
  }
  sendXml(call, 'OwnershipControls', { Rule: { ObjectOwnership: bucket.ownership } })
}
