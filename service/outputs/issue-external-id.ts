import type { OrganizationScope } from '#database'
import { newExternalId } from '#delivery'
import { CallerError } from '#errors'
import { type ExternalIdWish, modeOf } from './external-id.ts'
import type { ExternalIdMode } from './output.ts'

export interface IssuedExternalId {
  readonly mode: ExternalIdMode
  readonly externalId: string
}

/**
 * Takes an external id for a new output, inside the transaction that stores it. Every id is in
 * external_ids for good, and one statement decides who has it, so that two callers at once never share one.
 */
export async function issueExternalId(
  tx: OrganizationScope,
  wish: ExternalIdWish,
): Promise<IssuedExternalId> {
  const mode = modeOf(wish)
  switch (mode) {
    case 'GENERATED':
      return { mode, externalId: await issueGenerated(tx) }
    case 'GLOBAL':
      return { mode, externalId: await issueGlobal(tx) }
    case 'CUSTOM':
      return { mode, externalId: await takeCustom(tx, wish.externalId ?? '') }
  }
}

async function issueGenerated(tx: OrganizationScope): Promise<string> {
  const row = newRow(tx, 'GENERATED', newExternalId())
  await tx.insertInto('external_ids', row).execute()
  return row.external_id
}

/** The organization's one; whoever comes second waits for the first and finds it. */
async function issueGlobal(tx: OrganizationScope): Promise<string> {
  await tx
    .insertInto('external_ids', newRow(tx, 'GLOBAL', newExternalId()))
    .onConflict((conflict) =>
      conflict
        .column('organization_id')
        .where('mode', '=', 'GLOBAL')
        .where('retired_at', 'is', null)
        .doNothing(),
    )
    .execute()
  const { external_id } = await tx
    .selectFrom('external_ids')
    .select('external_id')
    .where('mode', '=', 'GLOBAL')
    .where('retired_at', 'is', null)
    .executeTakeFirstOrThrow()
  return external_id
}

/** Only for an id that is new to us, or that outputs of the same organization use now. */
async function takeCustom(tx: OrganizationScope, externalId: string): Promise<string> {
  await tx
    .insertInto('external_ids', newRow(tx, 'CUSTOM', externalId))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const own = await tx
    .selectFrom('external_ids')
    .select('external_id')
    .where('external_id', '=', externalId)
    .where('mode', '=', 'CUSTOM')
    .where('retired_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  if (own === undefined) throw taken()
  return externalId
}

function newRow(tx: OrganizationScope, mode: ExternalIdMode, externalId: string) {
  return { external_id: externalId, mode, issued_at: tx.clock.now(), retired_at: null }
}

/** One text for issued, retired and another's. That it is not free can be told: better than sharing it. */
function taken(): CallerError {
  const text = 'is in use or was used before; choose another one, or let Sluice make it'
  return new CallerError('CONFLICT', `The externalId ${text}.`, {
    mistakes: [{ field: 'externalId', text }],
  })
}

/** An id that no output uses any more is never used again. The organization's GLOBAL one stays. */
export async function retireExternalId(
  tx: OrganizationScope,
  { mode, externalId }: IssuedExternalId,
): Promise<void> {
  if (mode === 'GLOBAL') return
  await tx
    .updateTable('external_ids')
    .set({ retired_at: tx.clock.now() })
    .where('external_id', '=', externalId)
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
    .execute()
}

/** Until the transaction ends, nobody else takes or retires the id. */
export async function holdExternalId(tx: OrganizationScope, externalId: string): Promise<void> {
  await tx
    .selectFrom('external_ids')
    .select('external_id')
    .where('external_id', '=', externalId)
    .forUpdate()
    .execute()
}
