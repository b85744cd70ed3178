import { AwsError } from '../errors.ts'
import { showPrincipals } from '../principals.ts'
import { getBucket } from './bucket-access.ts'
import type { Call } from './call.ts'
import { authorizePolicy } from './put-bucket-policy.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html */
export function getBucketPolicy(call: Call): void {
  const bucket = getBucket(call)
  authorizePolicy(call, bucket, 's3:GetBucketPolicy')
  if (bucket.policy === undefined) {
    throw new AwsError('NoSuchBucketPolicy', 404, 'The bucket policy does not exist', {
      members: { BucketName: bucket.name },
    })
  }
  const text = showPrincipals(call.storage.state.identities, bucket.policy)
  call.response.writeHead(200, { 'content-type': 'application/json' }).end(text)
}
