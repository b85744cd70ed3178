import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type PublicAccessBlock, publicAccessSettings } from './buckets.ts'
import { type Call, sendEmpty } from './call.ts'
import { receiveText } from './request-body.ts'
import { malformedXml } from './s3-errors.ts'
import { readXml } from './xml.ts'

/**
 * A setting that is not given is false.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html
 */
export async function putPublicAccessBlock(call: Call): Promise<void> {
  authorizeBucket(call, getBucket(call), 's3:PutBucketPublicAccessBlock')
  const configuration = readXml(await receiveText(call), 'PublicAccessBlockConfiguration')
  const publicAccessBlock: PublicAccessBlock = {
    BlockPublicAcls: false,
    IgnorePublicAcls: false,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: false,
  }
  for (const setting of publicAccessSettings) {
    const value = configuration.text(setting)?.trim().toLowerCase() ?? 'false'
    if (value !== 'true' && value !== 'false') throw malformedXml()
    publicAccessBlock[setting] = value === 'true'
  }
  call.storage.buckets.put({ ...getBucket(call), publicAccessBlock })
  sendEmpty(call, 200)
}
