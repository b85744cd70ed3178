import type { PolicyDocument } from '@sluice/iam'
import type { BucketTarget } from '#delivery'
import {
  type SetupValues,
  writeBucketPolicy,
  writeKeyPolicy,
  writePermissionsPolicy,
  writeTrustPolicy,
} from '#setup'
import type { Corrected, Policy } from './report.ts'

/** The documents of the set-up kit; a policy of a bucket or key only where one is needed. */
export function writeCorrected(target: BucketTarget, principalArn: string): Corrected {
  const { externalId, otherExternalId, ...place } = target
  const externalIds = otherExternalId === undefined ? [externalId] : [externalId, otherExternalId]
  const values: SetupValues = { ...place, principalArn, externalIds }
  const bucketPolicy = writeBucketPolicy(values)
  const kmsKeyPolicy = writeKeyPolicy(values)
  return {
    trustPolicy: asJson(writeTrustPolicy(values)),
    permissionsPolicy: asJson(writePermissionsPolicy(values)),
    ...(bucketPolicy && { bucketPolicy: asJson(bucketPolicy) }),
    ...(kmsKeyPolicy && { kmsKeyPolicy: asJson(kmsKeyPolicy) }),
  }
}

/** An interface has no index signature, although its value is a plain object. */
function asJson(document: PolicyDocument): Policy {
  return { ...document }
}
