import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type Call, sendXml } from './call.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html */
export function getBucketEncryption(call: Call): void {
  const bucket = getBucket(call)
  authorizeBucket(call, bucket, 's3:GetEncryptionConfiguration')
  const { algorithm, kmsKeyId, bucketKeyEnabled } = bucket.encryption
  sendXml(call, 'ServerSideEncryptionConfiguration', {
    Rule: {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: algorithm, KMSMasterKeyID: kmsKeyId },
      BucketKeyEnabled: bucketKeyEnabled,
    },
  })
}
