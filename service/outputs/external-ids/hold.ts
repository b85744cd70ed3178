import type { OrganizationScope } from '#database'
import { getOutput } from '../find-output.ts'
import type { S3RoleBasedOutput } from '../output.ts'

/**
 * Until the transaction ends, nobody else reads the organization's GLOBAL id for a new output, moves it,
 * or hands out ids. Taken before any row of an output or an id, so that no two wait for each other.
 */
export async function holdOrganization(
  tx: OrganizationScope,
): Promise<{ globalExternalId: string | undefined }> {
  await tx
    .insertInto('organization_external_ids', { global_external_id: null })
    .onConflict((conflict) => conflict.column('organization_id').doNothing())
    .execute()
  const { global_external_id } = await tx
    .selectFrom('organization_external_ids')
    .select('global_external_id')
    .forUpdate()
    .executeTakeFirstOrThrow()
  return { globalExternalId: global_external_id ?? undefined }
}

/** Of an organization that is held. */
export async function setGlobalExternalId(
  tx: OrganizationScope,
  externalId: string,
): Promise<void> {
  await tx
    .updateTable('organization_external_ids')
    .set({ global_external_id: externalId })
    .execute()
}

/** Until the transaction ends, nobody else deletes the output or moves its external id. Throws NOT_FOUND. */
export async function holdOutput(tx: OrganizationScope, id: string): Promise<S3RoleBasedOutput> {
  await getOutput(tx, id)
  await tx.selectFrom('outputs').select('id').where('id', '=', id).forUpdate().execute()
  return getOutput(tx, id) // what whoever held it before has left
}

/** Until the transaction ends, nobody else takes or retires the ids; in one order, whoever holds them. */
export async function holdExternalIds(
  tx: OrganizationScope,
  externalIds: readonly string[],
): Promise<void> {
  await tx
    .selectFrom('external_ids')
    .select('external_id')
    .where('external_id', 'in', externalIds)
    .orderBy('external_id')
    .forUpdate()
    .execute()
}
