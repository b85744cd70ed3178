import { parseArn } from '@sluice/iam'
import type { BucketTarget } from '#delivery'
import { regionOf } from './cloud-region.ts'
import { externalIdsOf, type S3RoleBasedOutput } from './output.ts'

/** The output as whoever opens its bucket needs it. */
export function targetOf(output: S3RoleBasedOutput): BucketTarget {
  const partition = parseArn(output.roleArn)?.partition ?? ''
  const { current, fallback } = externalIdsOf(output)
  return {
    outputId: output.id,
    roleArn: output.roleArn,
    externalId: current,
    otherExternalId: fallback,
    bucketName: output.bucketName,
    pathPrefix: output.pathPrefix ?? '',
    region: output.cloudRegion && regionOf(partition, output.cloudRegion),
    expectedBucketOwner: output.expectedBucketOwner,
    kmsKeyArn: output.kmsKeyArn,
    bucketOwnerFullControl: output.bucketOwnerFullControl,
  }
}
