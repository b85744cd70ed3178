import { randomUUID } from 'node:crypto'
import type { OrganizationScope } from '#database'
import type { RoleAccess } from '#delivery'

/** Keeps for the customer that, when and why their role was used. */
export async function recordAccess(
  scope: OrganizationScope,
  used: { outputId: string; taskId: string | undefined; access: RoleAccess },
): Promise<void> {
  const { access, outputId, taskId } = used
  const row = {
    id: randomUUID(),
    output_id: outputId,
    task_id: taskId ?? null,
    at: access.at,
    why: access.why,
    action: access.action,
    session_name: access.sessionName,
    access_key_id: access.accessKeyId ?? null,
    object_key: access.objectKey ?? null,
    sts_request_ids: JSON.stringify(access.stsRequestIds),
    s3_request_ids: JSON.stringify(access.s3RequestIds),
    outcome: access.outcome,
  }
  await scope.insertInto('role_accesses', row).execute()
}
