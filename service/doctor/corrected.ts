import type { PolicyDocument } from '@sluice/iam'
import {
  type SetupValues,
  writeBucketPolicy,
  writeKeyPolicy,
  writePermissionsPolicy,
  writeTrustPolicy,
} from '#setup'
import type { Corrected, Policy } from './report.ts'

/** The documents of the set-up kit; a policy of a bucket or key only where one is needed. */
export function writeCorrected(setup: SetupValues): Corrected {
  const bucketPolicy = writeBucketPolicy(setup)
  const kmsKeyPolicy = writeKeyPolicy(setup)
  return {
    trustPolicy: asJson(writeTrustPolicy(setup)),
    permissionsPolicy: asJson(writePermissionsPolicy(setup)),
    ...(bucketPolicy && { bucketPolicy: asJson(bucketPolicy) }),
    ...(kmsKeyPolicy && { kmsKeyPolicy: asJson(kmsKeyPolicy) }),
  }
}

/** An interface has no index signature, although its value is a plain object. */
function asJson(document: PolicyDocument): Policy {
  return { ...document }
}
