import type { Selectable } from 'kysely'
import { isUuid, type OrganizationScope } from '#database'
import { notFound } from '#errors'
import type { S3RoleBasedOutput } from './output.ts'
import type { OutputRow } from './rows.ts'

/** Throws NOT_FOUND, for a deleted one and another organization's too. */
export async function getOutput(scope: OrganizationScope, id: string): Promise<S3RoleBasedOutput> {
  return outputOf(await getOutputRow(scope, id))
}

/** Throws NOT_FOUND. */
export async function getOutputRow(
  scope: OrganizationScope,
  id: string,
): Promise<Selectable<OutputRow>> {
  const row = isUuid(id)
    ? await scope
        .selectFrom('outputs')
        .selectAll()
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .executeTakeFirst()
    : undefined
  if (row === undefined) throw notFound('output', id)
  return row
}

export function outputOf(row: Selectable<OutputRow>): S3RoleBasedOutput {
  return {
    id: row.id,
    name: row.name ?? undefined,
    description: row.description ?? undefined,
    bucketName: row.bucket_name,
    roleArn: row.role_arn,
    externalId: row.external_id,
    externalIdMode: row.external_id_mode,
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
