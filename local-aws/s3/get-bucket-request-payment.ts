import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type Call, sendXml } from './call.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html */
export function getBucketRequestPayment(call: Call): void {
  const bucket = getBucket(call)
  authorizeBucket(call, bucket, 's3:GetBucketRequestPayment')
  const Payer = bucket.requesterPays ? 'Requester' : 'BucketOwner'
  sendXml(call, 'RequestPaymentConfiguration', { Payer })
}
