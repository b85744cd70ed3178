import { abortMultipartUpload } from './abort-multipart-upload.ts'
import type { Call, Operation } from './call.ts'
import { completeMultipartUpload } from './complete-multipart-upload.ts'
import { copyObject } from './copy-object.ts'
import { createBucket } from './create-bucket.ts'
import { createMultipartUpload } from './create-multipart-upload.ts'
import { deleteBucket } from './delete-bucket.ts'
import { deleteBucketEncryption } from './delete-bucket-encryption.ts'
import { deleteBucketOwnershipControls } from './delete-bucket-ownership-controls.ts'
import { deleteBucketPolicy } from './delete-bucket-policy.ts'
import { deleteObject, deleteObjects } from './delete-object.ts'
import { deletePublicAccessBlock } from './delete-public-access-block.ts'
import { getBucketEncryption } from './get-bucket-encryption.ts'
import { getBucketLocation } from './get-bucket-location.ts'
import { getBucketOwnershipControls } from './get-bucket-ownership-controls.ts'
import { getBucketPolicy } from './get-bucket-policy.ts'
import { getBucketRequestPayment } from './get-bucket-request-payment.ts'
import { getBucketVersioning } from './get-bucket-versioning.ts'
import { getObject, headObject } from './get-object.ts'
import { getObjectLockConfiguration } from './get-object-lock-configuration.ts'
import { getPublicAccessBlock } from './get-public-access-block.ts'
import { headBucket } from './head-bucket.ts'
import { listBuckets } from './list-buckets.ts'
import { listMultipartUploads } from './list-multipart-uploads.ts'
import { listObjects, listObjectsV2 } from './list-objects.ts'
import { listParts } from './list-parts.ts'
import { putBucketEncryption } from './put-bucket-encryption.ts'
import { putBucketOwnershipControls } from './put-bucket-ownership-controls.ts'
import { putBucketPolicy } from './put-bucket-policy.ts'
import { putBucketRequestPayment } from './put-bucket-request-payment.ts'
import { putObject } from './put-object.ts'
import { putObjectLockConfiguration } from './put-object-lock-configuration.ts'
import { putPublicAccessBlock } from './put-public-access-block.ts'
import { methodNotAllowed } from './s3-errors.ts'
import { uploadPart } from './upload-part.ts'

/** Method, what the request is about, and the query parameter that names a part of it. */
const operations: Record<string, Operation> = {
  'GET service': listBuckets,

  'PUT bucket': createBucket,
  'HEAD bucket': headBucket,
  'DELETE bucket': deleteBucket,
  'GET bucket?location': getBucketLocation,
  'GET bucket?policy': getBucketPolicy,
  'PUT bucket?policy': putBucketPolicy,
  'DELETE bucket?policy': deleteBucketPolicy,
  'GET bucket?encryption': getBucketEncryption,
  'PUT bucket?encryption': putBucketEncryption,
  'DELETE bucket?encryption': deleteBucketEncryption,
  'GET bucket?ownershipControls': getBucketOwnershipControls,
  'PUT bucket?ownershipControls': putBucketOwnershipControls,
  'DELETE bucket?ownershipControls': deleteBucketOwnershipControls,
  'GET bucket?publicAccessBlock': getPublicAccessBlock,
  'PUT bucket?publicAccessBlock': putPublicAccessBlock,
  'DELETE bucket?publicAccessBlock': deletePublicAccessBlock,
  'GET bucket?requestPayment': getBucketRequestPayment,
  'PUT bucket?requestPayment': putBucketRequestPayment,
  'GET bucket?object-lock': getObjectLockConfiguration,
  'PUT bucket?object-lock': putObjectLockConfiguration,
  'GET bucket?versioning': getBucketVersioning,
  'GET bucket?uploads': listMultipartUploads,
  'POST bucket?delete': deleteObjects,
  'GET bucket': listObjects,

  'PUT object': putObject,
  'GET object': getObject,
  'HEAD object': headObject,
  'DELETE object': deleteObject,
  'POST object?uploads': createMultipartUpload,
  'PUT object?uploadId': uploadPart,
  'POST object?uploadId': completeMultipartUpload,
  'DELETE object?uploadId': abortMultipartUpload,
  'GET object?uploadId': listParts,
}

/** The query parameters of S3 that make another operation of a request. */
const subresources = [
  ...['abac', 'accelerate', 'acl', 'analytics', 'attributes', 'cors', 'delete', 'encryption'],
  ...['intelligent-tiering', 'inventory', 'legal-hold', 'lifecycle', 'location', 'logging'],
  ...['metadataTable', 'metrics', 'notification', 'object-lock', 'ownershipControls', 'policy'],
  ...['policyStatus', 'publicAccessBlock', 'replication', 'requestPayment', 'restore', 'retention'],
  ...['select', 'session', 'tagging', 'torrent', 'uploadId', 'uploads', 'versioning', 'versions'],
  'website',
]

/** What tells an operation from the others. */
export type Asked = Pick<Call, 'request' | 'query' | 'headers' | 'bucketName' | 'key'>

/** What the request asks for, with AWS's name of it. Without `run` it is not implemented. */
interface Named {
  name: string
  run?: Operation
}

/** Throws MethodNotAllowed for what is no operation of S3. */
export function operationOf({ request, query, headers, bucketName, key }: Asked): Named {
  const method = request.method ?? 'GET'
  const subject = bucketName === '' ? 'service' : key === '' ? 'bucket' : 'object'
  const subresource = subresources.find((name) => query.has(name))
  if (method === 'PUT' && headers.has('x-amz-copy-source')) {
    return subresource === undefined ? named(copyObject) : { name: 'UploadPartCopy' }
  }
  const name = `${method} ${subject}${subresource === undefined ? '' : `?${subresource}`}`
  if (name === 'GET bucket' && query.get('list-type') === '2') return named(listObjectsV2)
  const operation = operations[name]
  if (operation) return named(operation)
  if (subresource === undefined) throw methodNotAllowed()
  return { name: nameOf({ method, subject, subresource }) }
}

/** The functions carry AWS's names, but for the first letter. */
function named(run: Operation): Named {
  return { name: run.name.charAt(0).toUpperCase() + run.name.slice(1), run }
}

/** What AWS names otherwise than by its method, subject and parameter. */
const names: Record<string, string> = {
  'bucket?accelerate': 'BucketAccelerateConfiguration',
  'bucket?analytics': 'BucketAnalyticsConfiguration',
  'bucket?intelligent-tiering': 'BucketIntelligentTieringConfiguration',
  'bucket?inventory': 'BucketInventoryConfiguration',
  'bucket?lifecycle': 'BucketLifecycleConfiguration',
  'bucket?metadataTable': 'BucketMetadataTableConfiguration',
  'bucket?metrics': 'BucketMetricsConfiguration',
  'bucket?notification': 'BucketNotificationConfiguration',
  'bucket?object-lock': 'ObjectLockConfiguration',
  'DELETE bucket?lifecycle': 'DeleteBucketLifecycle',
  'POST bucket?metadataTable': 'CreateBucketMetadataTableConfiguration',
  'GET bucket?session': 'CreateSession',
  'GET bucket?versions': 'ListObjectVersions',
  'POST object?restore': 'RestoreObject',
  'POST object?select': 'SelectObjectContent',
}

/**
 * As AWS names its operations, from the parts of the request: GetBucketTagging.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
function nameOf({
  method,
  subject,
  subresource,
}: {
  method: string
  subject: string
  subresource: string
}): string {
  const about = `${subject}?${subresource}`
  const pascal = (text: string) =>
    text.replace(/(^|-)([a-z])/g, (_, _dash, letter: string) => letter.toUpperCase())
  return (
    names[`${method} ${about}`] ??
    pascal(method.toLowerCase()) + (names[about] ?? pascal(subject) + pascal(subresource))
  )
}
