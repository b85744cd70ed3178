import type { CustomerBucket } from '#delivery'
import { getOutputInUse, recordAccess, type S3RoleBasedOutput, targetOf } from '#outputs'
import { type RoleParts, verdictsOf } from './verdicts.ts'

/**
 * Opens the output's bucket through its role, once the role has refused everyone who comes without the
 * output's external id. A bucket that is open writes nothing more once its output is deleted. Throws
 * OutputError or TransientError.
 */
export function openBucketOf(
  parts: RoleParts,
  opened: { output: S3RoleBasedOutput; signal: AbortSignal; why: string; taskId?: string },
): Promise<CustomerBucket> {
  const { scope, delivery } = parts
  const { output, signal, why, taskId } = opened
  return delivery.openBucket(targetOf(output), {
    signal,
    why,
    verdicts: verdictsOf(parts, { output, why }),
    currentIds: async () => targetOf(await getOutputInUse(scope, output.id)),
    onAccess: (access) => recordAccess(scope, { outputId: output.id, taskId, access }),
  })
}
