import { type Call, sendEmpty } from './call.ts'
import { getUpload, openUploadBucket } from './upload-access.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export async function abortMultipartUpload(call: Call): Promise<void> {
  openUploadBucket(call, 's3:AbortMultipartUpload')
  const upload = getUpload(call)
  const { catalog, uploads, objectFiles } = call.storage
  const loose = catalog.transaction(() => uploads.remove(upload.id))
  await catalog.removeLoose(objectFiles, loose)
  sendEmpty(call, 204)
}
