import type { ExpressionBuilder, Selectable } from 'kysely'
import { isUuid, type OrganizationScope, type Tables } from '#database'
import { CallerError, notFound, OutputError } from '#errors'
import type { S3RoleBasedOutput } from './output.ts'
import type { OutputRow } from './rows.ts'

/** Throws NOT_FOUND, for a deleted one and another organization's too. */
export async function getOutput(scope: OrganizationScope, id: string): Promise<S3RoleBasedOutput> {
  return outputOf(await getOutputRow(scope, id))
}

/** For work that goes through it. An output that was deleted meanwhile is for the customer to put right: OutputError. */
export async function getOutputInUse(
  scope: OrganizationScope,
  id: string,
): Promise<S3RoleBasedOutput> {
  try {
    return await getOutput(scope, id)
  } catch (cause) {
    if (!(cause instanceof CallerError) || cause.code !== 'NOT_FOUND') throw cause
    throw new OutputError('OUTPUT_DELETED', `The output ${id} was deleted.`, { cause })
  }
}

/** An output with the ids of a rotation that is under way. */
interface FoundOutputRow extends Selectable<OutputRow> {
  next_external_id: string | null
  previous_external_id: string | null
}

/** Throws NOT_FOUND. */
export async function getOutputRow(scope: OrganizationScope, id: string): Promise<FoundOutputRow> {
  const row = isUuid(id)
    ? await selectOutputs(scope).where('id', '=', id).executeTakeFirst()
    : undefined
  if (row === undefined) throw notFound('output', id)
  return row
}

/** Those that are not deleted. One statement reads an output and its rotation, so they fit together. */
export function selectOutputs(scope: OrganizationScope) {
  return scope
    .selectFrom('outputs')
    .where('deleted_at', 'is', null)
    .selectAll()
    .select(rotatingIdsOf)
}

/** With its own columns, all of a FoundOutputRow. */
export function rotatingIdsOf(of: ExpressionBuilder<Tables, 'outputs'>) {
  return [
    rotationOf(of)
      .select('next_external_id')
      .whereRef('old_external_id', '=', 'outputs.external_id')
      .as('next_external_id'),
    rotationOf(of)
      .select('old_external_id')
      .whereRef('next_external_id', '=', 'outputs.external_id')
      .as('previous_external_id'),
  ] as const
}

/** The one that is under way for the output itself, or with GLOBAL for the organization. */
function rotationOf(of: ExpressionBuilder<Tables, 'outputs'>) {
  return of
    .selectFrom('external_id_rotations as rotation')
    .whereRef('rotation.organization_id', '=', 'outputs.organization_id')
    .where('rotation.ended_at', 'is', null)
    .where(({ or, and, ref, eb }) =>
      or([
        eb('rotation.output_id', '=', ref('outputs.id')),
        and([eb('rotation.output_id', 'is', null), eb('outputs.external_id_mode', '=', 'GLOBAL')]),
      ]),
    )
}

export function outputOf(row: FoundOutputRow): S3RoleBasedOutput {
  return {
    id: row.id,
    name: row.name ?? undefined,
    description: row.description ?? undefined,
    bucketName: row.bucket_name,
    roleArn: row.role_arn,
    externalId: row.external_id,
    externalIdMode: row.external_id_mode,
    nextExternalId: row.next_external_id ?? undefined,
    previousExternalId: row.previous_external_id ?? undefined,
    md5MetaTag: row.md5_meta_tag ?? undefined,
    cloudRegion: row.cloud_region ?? undefined,
    pathPrefix: row.path_prefix ?? undefined,
    expectedBucketOwner: row.expected_bucket_owner ?? undefined,
    kmsKeyArn: row.kms_key_arn ?? undefined,
    bucketOwnerFullControl: row.bucket_owner_full_control,
    externalIdEnforcement: row.external_id_enforcement,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  }
}
