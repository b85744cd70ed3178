import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type Call, sendEmpty } from './call.ts'
import { receiveText } from './request-body.ts'
import { malformedXml } from './s3-errors.ts'
import { readXml } from './xml.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html */
export async function putBucketRequestPayment(call: Call): Promise<void> {
  authorizeBucket(call, getBucket(call), 's3:PutBucketRequestPayment')
  const configuration = readXml(await receiveText(call), 'RequestPaymentConfiguration')
  const payer = configuration.text('Payer')?.trim()
  if (payer !== 'Requester' && payer !== 'BucketOwner') throw malformedXml()
  call.storage.buckets.put({ ...getBucket(call), requesterPays: payer === 'Requester' })
  sendEmpty(call, 200)
}
