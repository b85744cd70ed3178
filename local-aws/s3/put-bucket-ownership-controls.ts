import { authorizeBucket, getBucket } from './bucket-access.ts'
import { objectOwnerships } from './buckets.ts'
import { type Call, sendEmpty } from './call.ts'
import { receiveText } from './request-body.ts'
import { malformedXml } from './s3-errors.ts'
import { readXml } from './xml.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html */
export async function putBucketOwnershipControls(call: Call): Promise<void> {
  authorizeBucket(call, getBucket(call), 's3:PutBucketOwnershipControls')
  const controls = readXml(await receiveText(call), 'OwnershipControls')
  const [rule, ...others] = controls.children('Rule')
  const given = rule?.text('ObjectOwnership')
  const ownership = objectOwnerships.find((it) => it === given)
  if (!ownership || others.length > 0) throw malformedXml()
  call.storage.buckets.put({ ...getBucket(call), ownership })
  sendEmpty(call, 200)
}
