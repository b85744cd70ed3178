import type { OrganizationScope } from '#database'
import type { S3RoleBasedOutput } from './output.ts'

const OTHERS_MAX = 5

/** The newest other outputs of the organization whose external id a customer may have mistaken for this one's. */
export async function listOtherOutputs(
  scope: OrganizationScope,
  { id, roleArn, externalId }: S3RoleBasedOutput,
): Promise<{ outputId: string; externalId: string }[]> {
  const rows = await scope
    .selectFrom('outputs')
    .select(['id', 'external_id'])
    .where('deleted_at', 'is', null)
    .where('id', '!=', id)
    .where('external_id', '!=', externalId)
    .orderBy((eb) => eb.case().when('role_arn', '=', roleArn).then(0).else(1).end())
    .orderBy('created_at', 'desc')
    .limit(OTHERS_MAX)
    .execute()
  return rows.map((row) => ({ outputId: row.id, externalId: row.external_id }))
}
