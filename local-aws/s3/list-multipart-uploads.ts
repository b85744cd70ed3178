import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type Call, sendXml } from './call.ts'
import { ownerElement } from './owners.ts'
import { notImplementedHeader } from './s3-errors.ts'

const UPLOADS_MAX = 1000

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export function listMultipartUploads(call: Call): void {
  const bucket = getBucket(call)
  authorizeBucket(call, bucket, 's3:ListBucketMultipartUploads')
  const { query, storage } = call
  if (query.has('delimiter')) throw notImplementedHeader('delimiter')
  const prefix = query.get('prefix') ?? ''
  const keyMarker = query.get('key-marker') ?? ''
  const idMarker = query.get('upload-id-marker') ?? ''
  const isAfter = ({ key, id }: { key: string; id: string }) =>
    key > keyMarker || (key === keyMarker && idMarker !== '' && id > idMarker)
  const after = storage.uploads
    .list(bucket.name)
    .filter((upload) => upload.key.startsWith(prefix) && isAfter(upload))
  const page = after.slice(0, UPLOADS_MAX)
  const isTruncated = page.length < after.length
  sendXml(call, 'ListMultipartUploadsResult', {
    Bucket: bucket.name,
    KeyMarker: keyMarker,
    UploadIdMarker: idMarker,
    NextKeyMarker: isTruncated ? page.at(-1)?.key : undefined,
    NextUploadIdMarker: isTruncated ? page.at(-1)?.id : undefined,
    Prefix: prefix,
    MaxUploads: UPLOADS_MAX,
    IsTruncated: isTruncated,
    Upload: page.map((upload) => ({
      UploadId: upload.id,
      Key: upload.key,
      Owner: ownerElement(upload.ownerAccountId),
      StorageClass: upload.storageClass,
      Initiated: upload.initiated,
      ChecksumAlgorithm: upload.checksumAlgorithm.toUpperCase(),
      ChecksumType: upload.checksumType,
    })),
  })
}
