import { authorizeBucket, getBucket } from './bucket-access.ts'
import type { BucketEncryption } from './buckets.ts'
import { type Call, sendEmpty } from './call.ts'
import { receiveText } from './request-body.ts'
import { invalidArgument, malformedXml, notImplementedHeader } from './s3-errors.ts'
import { readXml, type XmlElement } from './xml.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html */
export async function putBucketEncryption(call: Call): Promise<void> {
  authorizeBucket(call, getBucket(call), 's3:PutEncryptionConfiguration')
  const configuration = readXml(await receiveText(call), 'ServerSideEncryptionConfiguration')
  const encryption = readRule(configuration.children('Rule'))
  call.storage.buckets.put({ ...getBucket(call), encryption })
  sendEmpty(call, 200)
}

function readRule([rule, ...others]: XmlElement[]): BucketEncryption {
  const byDefault = rule?.child('ApplyServerSideEncryptionByDefault')
  const algorithm = byDefault?.text('SSEAlgorithm')
  const kmsKeyId = byDefault?.text('KMSMasterKeyID')
  if (others.length > 0) throw malformedXml()
  if (algorithm === 'aws:kms:dsse') throw notImplementedHeader('SSEAlgorithm')
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms') throw malformedXml()
  if (kmsKeyId !== undefined && algorithm === 'AES256') {
    const message = 'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms'
    throw invalidArgument(message, 'ApplyServerSideEncryptionByDefault', kmsKeyId)
  }
  const bucketKeyEnabled = rule?.text('BucketKeyEnabled')?.toLowerCase() === 'true'
  return { algorithm, bucketKeyEnabled, ...(kmsKeyId && { kmsKeyId }) }
}
