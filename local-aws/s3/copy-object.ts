import { AwsError } from '../errors.ts'
import { getBucket } from './bucket-access.ts'
import { type Call, sendXml, setHeaders } from './call.ts'
import { encryptionHeaders, requireKey } from './encryption.ts'
import { getReadableObject } from './object-access.ts'
import { newFileName } from './object-files.ts'
import { lockObject, versionHeaders } from './object-lock.ts'
import { isNotModified, readWriteCheck } from './preconditions.ts'
import { etagOf } from './put-object.ts'
import { invalidArgument, notImplementedHeader, preconditionFailed } from './s3-errors.ts'
import { prepareWrite } from './write-access.ts'

const SOURCE = 'x-amz-copy-source'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export async function copyObject(call: Call): Promise<void> {
  const { catalog, objects, objectFiles } = call.storage
  const bucket = getBucket(call)
  const settings = prepareWrite(call, bucket, ['kms:GenerateDataKey'])
  const check = readWriteCheck(call, bucket)
  const source = getSource(call)
  const isReplacing = readDirective(call) === 'REPLACE'
  if (source.bucketName === bucket.name && source.key === call.key && !isReplacing)
    throw new AwsError(
      'InvalidRequest',
      400,
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    )
  const pieces = objects.piecesOf(source.bucketName, source.key)
  const release = objectFiles.hold(pieces.map((piece) => piece.file))
  const file = newFileName()
  catalog.addLooseFile(file)
  try {
    const all = objectFiles.read(pieces, { start: 0, end: source.bytes })
    const { bytes, digests } = await objectFiles.write(file, all, ['md5', 'crc64nvme'])
    const object = {
      ...settings,
      ...(!isReplacing && { headers: source.headers, metadata: source.metadata }),
      bucketName: bucket.name,
      key: call.key,
      bytes,
      etag: etagOf(digests),
      modified: call.now.toISOString(),
      checksum: {
        algorithm: 'crc64nvme' as const,
        type: 'FULL_OBJECT' as const,
        value: digests.crc64nvme ?? '',
      },
      ...lockObject(bucket, call.now),
    }
    const loose = objects.replace(object, [{ file, bytes }], { check })
    await catalog.removeLoose(objectFiles, loose)
    setHeaders(call, { ...encryptionHeaders(object.encryption), ...versionHeaders(object) })
    sendXml(call, 'CopyObjectResult', {
      ETag: `"${object.etag}"`,
      LastModified: object.modified,
      ChecksumCRC64NVME: object.checksum.value,
      ChecksumType: object.checksum.type,
    })
  } catch (error) {
    if (objects.piecesOf(bucket.name, call.key)[0]?.file !== file)
      await catalog.removeLoose(objectFiles, [file])
    throw error
  } finally {
    await release()
  }
}

/** `bucket/key`, percent-encoded; the caller must be able to read it. */
function getSource(call: Call) {
  const given = call.headers.get(SOURCE) ?? ''
  const [path = '', version] = given.replace(/^\//, '').split('?versionId=')
  if (version !== undefined && version !== 'null') throw notImplementedHeader(SOURCE)
  const slash = path.indexOf('/')
  if (slash < 1)
    throw invalidArgument('Copy Source must mention the source bucket and key', SOURCE, given)
  const key = decode(path.slice(slash + 1))
  const bucketName = decode(path.slice(0, slash))
  const headers = new Map(call.headers)
  const owner = headers.get('x-amz-source-expected-bucket-owner')
  headers.delete('x-amz-expected-bucket-owner')
  if (owner !== undefined) headers.set('x-amz-expected-bucket-owner', owner)
  const sourceCall = { ...call, bucketName, key, headers }
  const bucket = getBucket(sourceCall, { fromAnywhere: true })
  const object = getReadableObject(sourceCall, bucket)
  requireKey(sourceCall, bucket, { encryption: object.encryption, action: 'kms:Decrypt' })
  if (isNotModified(call.headers, object, `${SOURCE}-`)) throw preconditionFailed(SOURCE)
  return object
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidArgument('Copy Source must be URL-encoded', SOURCE, text)
  }
}

function readDirective({ headers }: Call): 'COPY' | 'REPLACE' {
  const given = headers.get('x-amz-metadata-directive') ?? 'COPY'
  if (given === 'COPY' || given === 'REPLACE') return given
  throw invalidArgument('Unknown metadata directive.', 'x-amz-metadata-directive', given)
}
