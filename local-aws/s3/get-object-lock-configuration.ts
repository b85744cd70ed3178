import { AwsError } from '../errors.ts'
import { authorizeBucket, getBucket } from './bucket-access.ts'
import { type Call, sendXml } from './call.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html */
export function getObjectLockConfiguration(call: Call): void {
  const { name, objectLock, ...bucket } = getBucket(call)
  authorizeBucket(call, { name, ...bucket }, 's3:GetBucketObjectLockConfiguration')
  if (!objectLock) {
    throw new AwsError(
      'ObjectLockConfigurationNotFoundError',
      404,
      'Object Lock configuration does not exist for this bucket',
      { members: { BucketName: name } },
    )
  }
  const { defaultRetention: retention } = objectLock
  const period =
    retention && ('days' in retention ? { Days: retention.days } : { Years: retention.years })
  sendXml(call, 'ObjectLockConfiguration', {
    ObjectLockEnabled: 'Enabled',
    Rule: retention && { DefaultRetention: { Mode: retention.mode, ...period } },
  })
}
