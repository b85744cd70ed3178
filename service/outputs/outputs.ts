/**
 * Where an organization's files go: a bucket, the role in the customer's own AWS account that leads to it,
 * and the external id that the role must demand. The role may be made after the output; it is proven when
 * a bucket is opened, before anything is sent.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Insertable } from 'kysely'
import { type OrganizationScope, preparePage, prepareScoped } from '#database'
import { newExternalId } from '#delivery'
import { holdExternalIds, holdOutput } from './external-ids/hold.ts'
import {
  type IssuedExternalId,
  insertExternalId,
  isFresh,
  issueExternalId,
} from './external-ids/issue.ts'
import { retireExternalIds } from './external-ids/retire.ts'
import { cancelRotationOf } from './external-ids/rotation.ts'
import {
  type FoundOutputRow,
  foundColumns,
  getOutput,
  givenColumns,
  outputOf,
  selectOutputs,
} from './find-output.ts'
import type { NewOutput, S3RoleBasedOutput } from './output.ts'
import type { OutputRow } from './rows.ts'

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
export async function createOutput(
  scope: OrganizationScope,
  input: NewOutput,
): Promise<S3RoleBasedOutput> {
  const id = randomUUID()
  const { externalIdMode: mode, externalId } = input
  const created = { id, input, at: scope.clock.now() }
  if (isFresh({ mode, externalId })) {
    const issued = { mode: 'GENERATED' as const, externalId: newExternalId() }
    return oneOf(await scope.ask(insertWithId, rowOf({ ...created, issued })))
  }
  return scope.transaction(async (tx) => {
    const issued = await issueExternalId(tx, { mode, externalId, outputId: id })
    return oneOf(await insertOutput(tx, rowOf({ ...created, issued })).execute())
  })
}

function oneOf([row]: FoundOutputRow[]): S3RoleBasedOutput {
  assert(row !== undefined, 'One row was inserted.')
  return outputOf(row)
}

const newColumns = [...givenColumns, 'custom_data'] as const

type NewRow = Required<Pick<Insertable<OutputRow>, (typeof newColumns)[number]>>

/** With the id that is its own. */
const insertWithId = prepareScoped(newColumns, (scope, row: NewRow) => {
  const { external_id: externalId, created_at: at } = row
  const issued = insertExternalId(scope, { externalId, mode: 'GENERATED', at })
  return insertOutput(scope.alongside(issued), row)
})

function insertOutput(
  scope: Pick<OrganizationScope, 'organizationId' | 'insertInto'>,
  row: NewRow,
) {
  return scope.insertInto('outputs', row).returning(foundColumns(scope))
}

function rowOf({
  id,
  input,
  issued,
  at,
}: {
  id: string
  input: NewOutput
  issued: IssuedExternalId
  at: Date
}): NewRow {
  return {
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
    created_at: at,
    modified_at: at,
  }
}

/** In the order of their creation; `name` picks those that have exactly this name. */
export async function listOutputs(
  scope: OrganizationScope,
  { offset, limit, name }: { offset: number; limit: number; name?: string | undefined },
): Promise<{ items: S3RoleBasedOutput[]; totalCount: number }> {
  const page = { offset, limit }
  const found = name === undefined ? pageOfAll(scope, page) : pageOfName(scope, { ...page, name })
  const { rows, totalCount } = await found
  return { items: rows.map(outputOf), totalCount }
}

const pageOfAll = preparePage([], inOrder)
const pageOfName = preparePage(['name'], (scope, { name }: { name: string }) =>
  inOrder(scope).where('name', '=', name),
)

function inOrder(scope: OrganizationScope) {
  return selectOutputs(scope).orderBy('created_at').orderBy('id')
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
