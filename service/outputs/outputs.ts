/**
 * Where an organization's files go: a bucket, the role in the customer's own AWS account that leads to it,
 * and the external id that the role must demand. The role may be made after the output; it is proven when
 * a bucket is opened, before anything is sent.
 */
import { randomUUID } from 'node:crypto'
import { type OrganizationScope, readPage } from '#database'
import { holdExternalIds, holdOutput } from './external-ids/hold.ts'
import {
  freshExternalId,
  type IssuedExternalId,
  isFresh,
  issueExternalId,
} from './external-ids/issue.ts'
import { retireExternalIds } from './external-ids/retire.ts'
import { cancelRotationOf } from './external-ids/rotation.ts'
import { foundColumns, getOutput, outputOf, selectOutputs } from './find-output.ts'
import type { NewOutput, S3RoleBasedOutput } from './output.ts'

export {
  ACCESSES_KEPT_DAYS,
  type AccessCount,
  countAccesses,
  listAccesses,
  type OutputAccess,
  recordAccess,
  removeOldAccesses,
} from './accesses.ts'
export { isSharedRole, readEnforcement } from './enforcement.ts'
export { findSlot, listRotations, type Rotation } from './external-ids/find-rotation.ts'
export type { ProofOutcome, RotationProof } from './external-ids/rotation-proof.ts'
export { RotationAnswer, writeRotation } from './external-ids/schema.ts'
export { getOutput, getOutputInUse } from './find-output.ts'
export { listOtherOutputs } from './other-outputs.ts'
export { externalIdEnforcements, externalIdsOf, type S3RoleBasedOutput } from './output.ts'
export { outputRoutes } from './routes.ts'
export { AccessAnswer, writeAccess } from './schema.ts'
export { findSetupValues } from './setup-values.ts'
export { targetOf } from './target.ts'

/**
 * Throws CONFLICT for a CUSTOM external id that is not free, and INVALID_REQUEST for one that was not
 * handed out or that another output took meanwhile.
 */
export function createOutput(
  scope: OrganizationScope,
  input: NewOutput,
): Promise<S3RoleBasedOutput> {
  const id = randomUUID()
  const wish = { mode: input.externalIdMode, externalId: input.externalId, outputId: id }
  if (isFresh(wish)) {
    const issued = freshExternalId(scope, 'GENERATED')
    return storeOutput(scope.alongside(issued.inserted), { id, input, issued })
  }
  return scope.transaction(async (tx) => {
    const issued = await issueExternalId(tx, wish)
    return storeOutput(tx, { id, input, issued })
  })
}

async function storeOutput(
  scope: OrganizationScope,
  { id, input, issued }: { id: string; input: NewOutput; issued: IssuedExternalId },
): Promise<S3RoleBasedOutput> {
  const now = scope.clock.now()
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
  const inserted = scope.insertInto('outputs', row).returning(foundColumns(scope))
  return outputOf(await inserted.executeTakeFirstOrThrow())
}

/** In the order of their creation; `name` picks those that have exactly this name. */
export async function listOutputs(
  scope: OrganizationScope,
  page: { offset: number; limit: number; name?: string | undefined },
): Promise<{ items: S3RoleBasedOutput[]; totalCount: number }> {
  const { name } = page
  const query = selectOutputs(scope)
    .$if(name !== undefined, (query) => query.where('name', '=', name ?? ''))
    .orderBy('created_at')
    .orderBy('id')
  const { rows, totalCount } = await readPage(query, page)
  return { items: rows.map(outputOf), totalCount }
}

/** Throws NOT_FOUND. */
export async function getCustomData(
  scope: OrganizationScope,
  id: string,
): Promise<{ customData: Record<string, unknown>; createdAt: Date }> {
  const { createdAt } = await getOutput(scope, id)
  const { custom_data } = await scope
    .selectFrom('outputs')
    .select('custom_data')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return { customData: custom_data, createdAt }
}

/**
 * To callers the output is gone at once, its external ids never come back, and tasks that still need it
 * end in ERROR with OUTPUT_DELETED before their next file. Throws NOT_FOUND.
 */
export function deleteOutput(scope: OrganizationScope, id: string): Promise<S3RoleBasedOutput> {
  return scope.transaction(async (tx) => {
    const output = await holdOutput(tx, id)
    const { externalId, nextExternalId, previousExternalId } = output
    const ids = [externalId, nextExternalId, previousExternalId].filter(
      (each) => each !== undefined,
    )
    const isShared = output.externalIdMode === 'GLOBAL'
    if (!isShared) await holdExternalIds(tx, ids)
    await tx
      .updateTable('outputs')
      .set({ deleted_at: tx.clock.now() })
      .where('id', '=', id)
      .execute()
    if (isShared) return output
    await cancelRotationOf(tx, id)
    await retireExternalIds(tx, ids)
    return output
  })
}
