import { parseArn } from '@sluice/iam'
import type { OrganizationScope } from '#database'
import type { BucketTarget, CustomerBucket, Delivery } from '#delivery'
import { CallerError, OutputError } from '#errors'
import { recordAccess } from './accesses.ts'
import { regionOf } from './cloud-region.ts'
import { getOutput } from './find-output.ts'
import type { S3RoleBasedOutput } from './output.ts'

/**
 * Opens the output's bucket through its role, after the role has refused everyone else. A bucket that is
 * open writes nothing more once its output is deleted. Throws OutputError or TransientError.
 */
export function openBucketOf(
  delivery: Delivery,
  opened: {
    scope: OrganizationScope
    output: S3RoleBasedOutput
    signal: AbortSignal
    why: string
    taskId?: string
  },
): Promise<CustomerBucket> {
  const { scope, output, signal, why, taskId } = opened
  return delivery.openBucket(targetOf(output), {
    signal,
    why,
    assertUsable: () => assertStillThere(scope, output.id),
    onAccess: (access) => recordAccess(scope, { outputId: output.id, taskId, access }),
  })
}

async function assertStillThere(scope: OrganizationScope, outputId: string): Promise<void> {
  try {
    await getOutput(scope, outputId)
  } catch (cause) {
    if (!(cause instanceof CallerError) || cause.code !== 'NOT_FOUND') throw cause
    throw new OutputError('OUTPUT_DELETED', `The output ${outputId} was deleted.`, { cause })
  }
}

/** As deliveries know it. */
export function targetOf(output: S3RoleBasedOutput): BucketTarget {
  const partition = parseArn(output.roleArn)?.partition ?? ''
  return {
    outputId: output.id,
    roleArn: output.roleArn,
    externalId: output.externalId,
    bucketName: output.bucketName,
    pathPrefix: output.pathPrefix ?? '',
    region: output.cloudRegion && regionOf(partition, output.cloudRegion),
    expectedBucketOwner: output.expectedBucketOwner,
    kmsKeyArn: output.kmsKeyArn,
    bucketOwnerFullControl: output.bucketOwnerFullControl,
  }
}
