import { asAwsError } from '../errors.ts'
import { getBucket } from './bucket-access.ts'
import type { Bucket } from './buckets.ts'
import { type Call, sendEmpty, sendXml } from './call.ts'
import { authorizeKey } from './object-access.ts'
import { newVersionId, refuseVersionRemoval } from './object-lock.ts'
import { receiveText } from './request-body.ts'
import { malformedXml, notImplementedHeader } from './s3-errors.ts'
import { type Members, readXml, type XmlElement } from './xml.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const KEYS_MAX = 1000

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export async function deleteObject(call: Call): Promise<void> {
  const bucket = getBucket(call)
  const versionId = call.query.get('versionId') ?? 'null'
  if (versionId !== 'null') throw refuseVersionRemoval(call, bucket, { key: call.key, versionId })
  if (call.headers.has('if-match')) throw notImplementedHeader('If-Match')
  const marker = await remove(call, bucket, call.key)
  sendEmpty(call, 204, {
    'x-amz-version-id': marker,
    'x-amz-delete-marker': marker && 'true',
  })
}

/** Each key is decided for itself; the answer is 200 also when some were refused. */
export async function deleteObjects(call: Call): Promise<void> {
  const bucket = getBucket(call)
  const body = readXml(await receiveText(call, { needsChecksum: true }), 'Delete')
  const keys = body.children('Object').map(readKey)
  if (keys.length === 0 || keys.length > KEYS_MAX) throw malformedXml()
  const isQuiet = body.text('Quiet')?.trim() === 'true'
  const deleted: Members[] = []
  const errors: Members[] = []
  for (const key of keys) {
    try {
      const marker = await remove(call, bucket, key)
      deleted.push({ Key: key, DeleteMarker: marker && true, DeleteMarkerVersionId: marker })
    } catch (error) {
      const { code, message } = asAwsError(error)
      errors.push({ Key: key, Code: code, Message: message })
    }
  }
  sendXml(call, 'DeleteResult', { ...(!isQuiet && { Deleted: deleted }), Error: errors })
}

function readKey(object: XmlElement): string {
  const key = object.text('Key')
  if (key === undefined || key === '') throw malformedXml()
  if ((object.text('VersionId') ?? 'null') !== 'null') throw notImplementedHeader('VersionId')
  return key
}

/** A key that is not there is deleted too. Where versions are kept, gives the id of the delete marker. */
async function remove(call: Call, bucket: Bucket, key: string): Promise<string | undefined> {
  authorizeKey(call, bucket, { action: 's3:DeleteObject', key })
  const { catalog, objects, objectFiles } = call.storage
  await catalog.removeLoose(objectFiles, objects.remove(bucket.name, key))
  return bucket.objectLock && newVersionId()
}
