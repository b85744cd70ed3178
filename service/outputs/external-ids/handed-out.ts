import type { Selectable } from 'kysely'
import { type OrganizationScope, readPage } from '#database'
import { hasIssuedForm, newExternalId } from '#delivery'
import { CallerError, notFound } from '#errors'
import type { ExternalIdRow } from '../rows.ts'
import { holdOrganization } from './hold.ts'

/** An id that the organization got before it has the output: its role can be made first. */
export interface HandedOutExternalId {
  readonly externalId: string
  readonly name: string | undefined
  readonly description: string | undefined
  /** The one output that took it. */
  readonly outputId: string | undefined
  readonly createdAt: Date
}

/** Ids of one organization that wait for their output. */
export const WAITING_COUNT_MAX = 100

/** Throws CONFLICT when too many wait. */
export function handOutExternalId(
  scope: OrganizationScope,
  input: { name: string | undefined; description: string | undefined },
): Promise<HandedOutExternalId> {
  return scope.transaction(async (tx) => {
    await holdOrganization(tx)
    const { count } = await waitingIds(tx)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    if (count >= WAITING_COUNT_MAX) throw tooManyWait()
    const now = tx.clock.now()
    const row = {
      external_id: newExternalId(),
      mode: 'GENERATED' as const,
      issued_at: now,
      handed_out_at: now,
      name: input.name ?? null,
      description: input.description ?? null,
    }
    await tx.insertInto('external_ids', row).execute()
    return getHandedOut(tx, row.external_id)
  })
}

function tooManyWait(): CallerError {
  return new CallerError(
    'CONFLICT',
    `${WAITING_COUNT_MAX} external ids of this organization wait for their output already, and more ` +
      'are not handed out. Create outputs with them, or DELETE those that no role needs any more.',
  )
}

/** Those that wait and those that outputs use, in the order in which they were handed out. */
export async function listHandedOut(
  scope: OrganizationScope,
  page: { offset: number; limit: number },
): Promise<{ items: HandedOutExternalId[]; totalCount: number }> {
  const query = handedOutIds(scope).selectAll().orderBy('handed_out_at').orderBy('external_id')
  const { rows, totalCount } = await readPage(query, page)
  return { items: rows.map(handedOutOf), totalCount }
}

/** Throws NOT_FOUND, for a retired one too. */
export async function getHandedOut(
  scope: OrganizationScope,
  externalId: string,
): Promise<HandedOutExternalId> {
  const row = hasIssuedForm(externalId)
    ? await handedOutIds(scope).selectAll().where('external_id', '=', externalId).executeTakeFirst()
    : undefined
  if (row === undefined) throw notFound('external id', externalId)
  return handedOutOf(row)
}

/** Retires one that no output has taken. Throws NOT_FOUND, and CONFLICT for one in use. */
export function deleteHandedOut(
  scope: OrganizationScope,
  externalId: string,
): Promise<HandedOutExternalId> {
  return scope.transaction(async (tx) => {
    await getHandedOut(tx, externalId)
    const retired = await tx
      .updateTable('external_ids')
      .set({ retired_at: tx.clock.now() })
      .where('external_id', '=', externalId)
      .where('handed_out_at', 'is not', null)
      .where('retired_at', 'is', null)
      .where('output_id', 'is', null)
      .returningAll()
      .executeTakeFirst()
    if (retired !== undefined) return handedOutOf(retired)
    const { outputId } = await getHandedOut(tx, externalId)
    throw new CallerError(
      'CONFLICT',
      `The external id ${externalId} is that of the output ${outputId}. Delete the output, or rotate its ` +
        'external id; either retires this one.',
    )
  })
}

/** Whether an output of this organization can have it: handed out, and neither taken nor retired. */
export async function isHandedOut(scope: OrganizationScope, externalId: string): Promise<boolean> {
  if (!hasIssuedForm(externalId)) return false
  const row = await waitingIds(scope)
    .select('external_id')
    .where('external_id', '=', externalId)
    .executeTakeFirst()
  return row !== undefined
}

/** Gives it to the new output, and to no other: false when it is not there to be taken. */
export async function takeHandedOut(
  tx: OrganizationScope,
  { externalId, outputId }: { externalId: string; outputId: string },
): Promise<boolean> {
  if (!hasIssuedForm(externalId)) return false
  const { numUpdatedRows } = await tx
    .updateTable('external_ids')
    .set({ output_id: outputId })
    .where('external_id', '=', externalId)
    .where('handed_out_at', 'is not', null)
    .where('retired_at', 'is', null)
    .where('output_id', 'is', null)
    .executeTakeFirstOrThrow()
  return numUpdatedRows === 1n
}

function handedOutIds(scope: OrganizationScope) {
  return scope
    .selectFrom('external_ids')
    .where('handed_out_at', 'is not', null)
    .where('retired_at', 'is', null)
}

function waitingIds(scope: OrganizationScope) {
  return handedOutIds(scope).where('output_id', 'is', null)
}

function handedOutOf(row: Selectable<ExternalIdRow>): HandedOutExternalId {
  if (row.handed_out_at === null) throw new Error('The id was not handed out.')
  return {
    externalId: row.external_id,
    name: row.name ?? undefined,
    description: row.description ?? undefined,
    outputId: row.output_id ?? undefined,
    createdAt: row.handed_out_at,
  }
}
