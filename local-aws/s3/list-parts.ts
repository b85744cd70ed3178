import { type Call, sendXml } from './call.ts'
import { checksumElement } from './checksums.ts'
import { ownerElement } from './owners.ts'
import { invalidArgument } from './s3-errors.ts'
import { getUpload, openUploadBucket } from './upload-access.ts'

const PARTS_MAX = 1000

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export function listParts(call: Call): void {
  openUploadBucket(call, 's3:ListMultipartUploadParts')
  const upload = getUpload(call)
  const marker = readNumber(call, 'part-number-marker', 0)
  const partsMax = Math.min(readNumber(call, 'max-parts', PARTS_MAX), PARTS_MAX)
  const after = call.storage.uploads
    .listParts(upload.id)
    .filter(({ partNumber }) => partNumber > marker)
  const page = after.slice(0, partsMax)
  const { checksumAlgorithm } = upload
  sendXml(call, 'ListPartsResult', {
    Bucket: upload.bucketName,
    Key: upload.key,
    UploadId: upload.id,
    Owner: ownerElement(upload.ownerAccountId),
    StorageClass: upload.storageClass,
    PartNumberMarker: marker,
    NextPartNumberMarker: page.at(-1)?.partNumber ?? marker,
    MaxParts: partsMax,
    IsTruncated: page.length < after.length,
    ChecksumAlgorithm: checksumAlgorithm.toUpperCase(),
    ChecksumType: upload.checksumType,
    Part: page.map(({ partNumber, modified, etag, bytes, checksums }) => ({
      PartNumber: partNumber,
      LastModified: modified,
      ETag: `"${etag}"`,
      Size: bytes,
      [checksumElement(checksumAlgorithm)]: checksums[checksumAlgorithm],
    })),
  })
}

function readNumber({ query }: Call, name: string, byDefault: number): number {
  const given = query.get(name)
  if (given === undefined) return byDefault
  if (/^\d{1,9}$/.test(given)) return Number(given)
  throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, given)
}
