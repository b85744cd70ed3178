import { parseArn } from '@sluice/iam'
import type { SetupValues } from '#setup'
import { regionOf } from './cloud-region.ts'
import type { S3RoleBasedOutput } from './output.ts'

/** What the set-up kit is written from. */
export function setupValuesOf(output: S3RoleBasedOutput, principalArn: string): SetupValues {
  const partition = parseArn(output.roleArn)?.partition ?? ''
  return {
    outputId: output.id,
    principalArn,
    externalIds: [output.externalId],
    roleArn: output.roleArn,
    bucketName: output.bucketName,
    pathPrefix: output.pathPrefix ?? '',
    region: output.cloudRegion && regionOf(partition, output.cloudRegion),
    expectedBucketOwner: output.expectedBucketOwner,
    kmsKeyArn: output.kmsKeyArn,
    bucketOwnerFullControl: output.bucketOwnerFullControl,
  }
}
