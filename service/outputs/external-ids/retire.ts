import type { OrganizationScope } from '#database'

/**
 * Ids that nothing uses any more are never used again. An id stays while an output has it, a rotation
 * may fall back on it, or it is the organization's GLOBAL one.
 */
export async function retireExternalIds(
  tx: OrganizationScope,
  externalIds: readonly string[],
): Promise<void> {
  await tx
    .updateTable('external_ids')
    .set({ retired_at: tx.clock.now() })
    .where('external_id', 'in', externalIds)
    .where('retired_at', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('outputs')
            .select('outputs.id')
            .whereRef('outputs.external_id', '=', 'external_ids.external_id')
            .where('outputs.deleted_at', 'is', null),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('external_id_rotations as rotations')
            .select('rotations.id')
            .where('rotations.ended_at', 'is', null)
            .whereRef('rotations.organization_id', '=', 'external_ids.organization_id')
            .where((of) =>
              of.or([
                of('rotations.old_external_id', '=', of.ref('external_ids.external_id')),
                of('rotations.next_external_id', '=', of.ref('external_ids.external_id')),
              ]),
            ),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('organization_external_ids as own')
            .select('own.organization_id')
            .whereRef('own.global_external_id', '=', 'external_ids.external_id')
            .whereRef('own.organization_id', '=', 'external_ids.organization_id'),
        ),
      ),
    )
    .execute()
}
