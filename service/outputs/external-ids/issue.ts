import type { OrganizationScope } from '#database'
import { newExternalId } from '#delivery'
import { CallerError, invalidRequest } from '#errors'
import type { ExternalIdMode } from '../output.ts'
import { type ExternalIdWish, modeOf, notHandedOut } from './external-id.ts'
import { takeHandedOut } from './handed-out.ts'
import { holdOrganization, setGlobalExternalId } from './hold.ts'

export interface IssuedExternalId {
  readonly mode: ExternalIdMode
  readonly externalId: string
}

/**
 * Takes an external id for a new output whose wish is not for a fresh one, inside the transaction that stores it.
 * Every id is in external_ids for good, and one statement decides who has it, so that two callers at once never share
 * one.
 */
export async function issueExternalId(
  tx: OrganizationScope,
  wish: ExternalIdWish & { outputId: string },
): Promise<IssuedExternalId> {
  const { externalId, outputId } = wish
  const isTaken =
    externalId !== undefined &&
    (wish.mode ?? 'GENERATED') === 'GENERATED' &&
    (await takeHandedOut(tx, { externalId, outputId }))
  if (isTaken) return { mode: 'GENERATED', externalId }
  const mode = modeOf({ ...wish, isHandedOut: false })
  switch (mode) {
    case 'GENERATED':
      throw invalidRequest([notHandedOut])
    case 'GLOBAL':
      return { mode, externalId: await issueGlobal(tx) }
    case 'CUSTOM':
      return { mode, externalId: await takeCustom(tx, externalId ?? '') }
  }
}

/** Whether the wish is for an id of the output's own, which is nobody's yet. */
export function isFresh({ mode, externalId }: ExternalIdWish): boolean {
  return (
    externalId === undefined && modeOf({ mode, externalId, isHandedOut: false }) === 'GENERATED'
  )
}

/** An id that nobody has. */
export async function issueFresh(
  tx: OrganizationScope,
  mode: 'GENERATED' | 'GLOBAL',
): Promise<string> {
  const externalId = newExternalId()
  await insertExternalId(tx, { externalId, mode, at: tx.clock.now() }).execute()
  return externalId
}

/** The organization's one; whoever comes second waits for the first and finds it. */
async function issueGlobal(tx: OrganizationScope): Promise<string> {
  const { globalExternalId } = await holdOrganization(tx)
  if (globalExternalId !== undefined) return globalExternalId
  const externalId = await issueFresh(tx, 'GLOBAL')
  await setGlobalExternalId(tx, externalId)
  return externalId
}

/** Only for an id that is new to us, or that outputs of the same organization use now. */
async function takeCustom(tx: OrganizationScope, externalId: string): Promise<string> {
  await insertExternalId(tx, { externalId, mode: 'CUSTOM', at: tx.clock.now() })
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

/** Issued when it is carried out. */
export function insertExternalId(
  scope: OrganizationScope,
  { externalId, mode, at }: IssuedExternalId & { at: Date },
) {
  const row = { external_id: externalId, mode, issued_at: at, retired_at: null }
  return scope.insertInto('external_ids', row)
}

/** One text for issued, retired and another's. That it is not free can be told: better than sharing it. */
function taken(): CallerError {
  const text = 'is in use or was used before; choose another one, or let Sluice make it'
  return new CallerError('CONFLICT', `The externalId ${text}.`, {
    mistakes: [{ field: 'externalId', text }],
  })
}
