import { bucketsArn, requestContext, requireAccess } from './bucket-access.ts'
import { type Call, sendXml } from './call.ts'
import { ownerElement } from './owners.ts'
import { accessDenied } from './s3-errors.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export function listBuckets(call: Call): void {
  const { principal } = call.caller
  if (principal === 'anonymous') throw accessDenied()
  requireAccess(call, {
    action: 's3:ListAllMyBuckets',
    resource: bucketsArn,
    resourceAccountId: principal.accountId,
    context: requestContext(call),
  })
  const prefix = call.query.get('prefix') ?? ''
  const region = call.query.get('bucket-region')
  const buckets = call.storage.buckets
    .list(principal.accountId)
    .filter((it) => it.name.startsWith(prefix) && (!region || it.region === region))
  sendXml(call, 'ListAllMyBucketsResult', {
    Buckets: {
      Bucket: buckets.map(({ name, created, region: bucketRegion }) => ({
        Name: name,
        CreationDate: created,
        BucketRegion: bucketRegion,
      })),
    },
    Owner: ownerElement(principal.accountId),
  })
}
