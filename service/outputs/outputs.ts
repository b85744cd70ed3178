/**
 * Where an organization's files go: a bucket, the role in the customer's own AWS account that leads to it,
 * and the external id that the role must demand. The role may be made after the output; it is proven when
 * a bucket is opened, before anything is sent.
 */
import { randomUUID } from 'node:crypto'
import { type OrganizationScope, readPage } from '#database'
import { notFound } from '#errors'
import { getOutput, getOutputRow, outputOf } from './find-output.ts'
import { holdExternalId, issueExternalId, retireExternalId } from './issue-external-id.ts'
import type { NewOutput, S3RoleBasedOutput } from './output.ts'

export { getOutput } from './find-output.ts'
export { openBucketOf, targetOf } from './open-bucket.ts'
export type { NewOutput, S3RoleBasedOutput } from './output.ts'
export { outputRoutes } from './routes.ts'

/** Throws CONFLICT for a CUSTOM external id that is not free. */
export function createOutput(
  scope: OrganizationScope,
  input: NewOutput,
): Promise<S3RoleBasedOutput> {
  const id = randomUUID()
  const now = scope.clock.now()
  return scope.transaction(async (tx) => {
    const { externalIdMode, externalId } = input
    const issued = await issueExternalId(tx, { mode: externalIdMode, externalId })
    const row = {
      id,
      name: input.name ?? null,
      description: input.description ?? null,
      bucket_name: input.bucketName,
      role_arn: input.roleArn,
      external_id: issued.externalId,
      external_id_mode: issued.mode,
      md5_meta_tag: input.md5MetaTag ?? null,
      cloud_region: input.cloudRegion ?? null,
      path_prefix: input.pathPrefix ?? null,
      expected_bucket_owner: input.expectedBucketOwner ?? null,
      kms_key_arn: input.kmsKeyArn ?? null,
      bucket_owner_full_control: input.bucketOwnerFullControl,
      custom_data: JSON.stringify(input.customData),
      created_at: now,
      modified_at: now,
      deleted_at: null,
    }
    await tx.insertInto('outputs', row).execute()
    return getOutput(tx, id)
  })
}

/** In the order of their creation; `name` picks those that have exactly this name. */
export async function listOutputs(
  scope: OrganizationScope,
  page: { offset: number; limit: number; name?: string | undefined },
): Promise<{ items: S3RoleBasedOutput[]; totalCount: number }> {
  const { name } = page
  const matching = scope
    .selectFrom('outputs')
    .where('deleted_at', 'is', null)
    .$if(name !== undefined, (query) => query.where('name', '=', name ?? ''))
  const query = matching.selectAll().orderBy('created_at').orderBy('id')
  const { rows, totalCount } = await readPage(query, page)
  return { items: rows.map(outputOf), totalCount }
}

/** Throws NOT_FOUND. */
export async function getCustomData(
  scope: OrganizationScope,
  id: string,
): Promise<{ customData: Record<string, unknown>; createdAt: Date }> {
  const row = await getOutputRow(scope, id)
  return { customData: row.custom_data, createdAt: row.created_at }
}

/**
 * To callers the output is gone at once, its external id never comes back, and tasks that still need it
 * end in ERROR with OUTPUT_DELETED before their next file. Throws NOT_FOUND.
 */
export function deleteOutput(scope: OrganizationScope, id: string): Promise<S3RoleBasedOutput> {
  return scope.transaction(async (tx) => {
    const output = await getOutput(tx, id)
    await holdExternalId(tx, output.externalId)
    const { numUpdatedRows } = await tx
      .updateTable('outputs')
      .set({ deleted_at: tx.clock.now() })
      .where('id', '=', id)
      .where('deleted_at', 'is', null)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) throw notFound('output', id)
    const { externalId, externalIdMode: mode } = output
    await retireExternalId(tx, { externalId, mode })
    return output
  })
}
