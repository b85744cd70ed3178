import { sql } from 'kysely'
import type { Database, OrganizationScope } from '#database'
import { CallerError, notFound } from '#errors'
import { getOutput } from './find-output.ts'
import type { ExternalIdEnforcement } from './output.ts'

/** As the operator wants it for the output now; STRICT for one that is deleted. */
export async function readEnforcement(
  scope: OrganizationScope,
  outputId: string,
): Promise<ExternalIdEnforcement> {
  const row = await scope
    .selectFrom('outputs')
    .select('external_id_enforcement')
    .where('id', '=', outputId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  return row?.external_id_enforcement ?? 'STRICT'
}

/** Whether several organizations have outputs with the role. For us and the operator alone to know. */
export async function isSharedRole(database: Database, roleArn: string): Promise<boolean> {
  const { count } = await database.db
    .selectFrom('outputs')
    .select(({ fn }) => fn.count<number>('organization_id').distinct().as('count'))
    .where(sql<string>`lower(role_arn)`, '=', roleArn.toLowerCase())
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count) > 1
}

/**
 * Whether files may be written through the output's role although it opens without its external id: the
 * operator's word, for one output. Throws NOT_FOUND, and CONFLICT where several organizations use the role.
 */
export async function setEnforcement(
  parts: { database: Database; scope: OrganizationScope },
  outputId: string,
  enforcement: ExternalIdEnforcement,
): Promise<void> {
  const { database, scope } = parts
  const { roleArn } = await getOutput(scope, outputId)
  if (enforcement === 'WARN' && (await isSharedRole(database, roleArn)))
    throw new CallerError(
      'CONFLICT',
      `Several organizations have outputs with the role ${roleArn}: without an enforced external id, ` +
        'each could reach the other’s bucket.',
    )
  const { numUpdatedRows } = await scope
    .updateTable('outputs')
    .set({ external_id_enforcement: enforcement, modified_at: scope.clock.now() })
    .where('id', '=', outputId)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) throw notFound('output', outputId)
}
