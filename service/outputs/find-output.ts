import {
  type Expression,
  type ExpressionBuilder,
  expressionBuilder,
  type Selectable,
  sql,
} from 'kysely'
import { isUuid, type OrganizationScope, prepareScoped, type Tables } from '#database'
import { CallerError, notFound, OutputError } from '#errors'
import type { S3RoleBasedOutput } from './output.ts'
import type { OutputRow } from './rows.ts'

/** Throws NOT_FOUND, for a deleted one and another organization's too. */
export async function getOutput(scope: OrganizationScope, id: string): Promise<S3RoleBasedOutput> {
  const [row] = isUuid(id) ? await scope.ask(outputById, { id }) : []
  if (row === undefined) throw notFound('output', id)
  return outputOf(row)
}

const outputById = prepareScoped(['id'], (scope, { id }: { id: string }) =>
  selectOutputs(scope).where('id', '=', id),
)

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

/** What an output is given when it is created and is asked for ever after. */
export const givenColumns = [
  'id',
  'name',
  'description',
  'bucket_name',
  'role_arn',
  'external_id',
  'external_id_mode',
  'md5_meta_tag',
  'cloud_region',
  'path_prefix',
  'expected_bucket_owner',
  'kms_key_arn',
  'bucket_owner_full_control',
  'created_at',
  'modified_at',
] as const

/** The data of callers is seldom asked for. */
const outputColumns = [...givenColumns, 'external_id_enforcement'] as const

/** An output with the ids of a rotation that is under way. */
export interface FoundOutputRow
  extends Pick<Selectable<OutputRow>, (typeof outputColumns)[number]> {
  next_external_id: string | null
  previous_external_id: string | null
}

/** Those that are not deleted. One statement reads an output and its rotation, so they fit together. */
export function selectOutputs(scope: OrganizationScope) {
  return scope.selectFrom('outputs').where('deleted_at', 'is', null).select(foundColumns(scope))
}

/** All of a FoundOutputRow. */
export function foundColumns({ organizationId }: Pick<OrganizationScope, 'organizationId'>) {
  const of = expressionBuilder<Tables, 'outputs'>()
  const rotations = of
    .selectFrom('external_id_rotations')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('ended_at', 'is', null)
  // Asked once for all outputs: mostly nothing rotates, and then none of them is looked up by itself.
  const ifAnyRotates = (id: Expression<unknown>) =>
    sql<string | null>`case when exists ${rotations} then ${id} end`
  const nextId = rotationOf(of, 'old_external_id').select('next_external_id')
  const previousId = rotationOf(of, 'next_external_id').select('old_external_id')
  return [
    ...outputColumns,
    ifAnyRotates(nextId).as('next_external_id'),
    ifAnyRotates(previousId).as('previous_external_id'),
  ] as const
}

/** The one that is under way for the output itself, or with GLOBAL for the organization, where it has this id. */
function rotationOf(
  of: ExpressionBuilder<Tables, 'outputs'>,
  id: 'old_external_id' | 'next_external_id',
) {
  return of
    .selectFrom('external_id_rotations as rotation')
    .whereRef('rotation.organization_id', '=', 'outputs.organization_id')
    .where('rotation.ended_at', 'is', null)
    .whereRef(`rotation.${id}`, '=', 'outputs.external_id')
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
