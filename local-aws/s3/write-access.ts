import { aclContext } from './acl.ts'
import type { Bucket } from './buckets.ts'
import type { Call } from './call.ts'
import { encryptionContext, requireKey } from './encryption.ts'
import { authorizeKey } from './object-access.ts'
import { checkNewKey } from './object-key.ts'
import { readSettings } from './object-settings.ts'
import type { ObjectSettings } from './objects.ts'
import { writeConditionContext } from './preconditions.ts'

/** What PutObject, CopyObject and CreateMultipartUpload have in common: who may, and what will be made. */
export function prepareWrite(
  call: Call,
  bucket: Bucket,
  keyActions: ('kms:GenerateDataKey' | 'kms:Decrypt')[],
): ObjectSettings {
  checkNewKey(call)
  const context = {
    ...aclContext(call),
    ...encryptionContext(call),
    ...writeConditionContext(call, true),
  }
  authorizeKey(call, bucket, { action: 's3:PutObject', context })
  if (call.headers.has('x-amz-acl'))
    authorizeKey(call, bucket, { action: 's3:PutObjectAcl', context })
  const settings = readSettings(call, bucket)
  for (const action of keyActions)
    requireKey(call, bucket, { encryption: settings.encryption, action })
  return settings
}
