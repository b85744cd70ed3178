import type { Selectable } from 'kysely'
import type { OrganizationScope } from '#database'
import { notFound } from '#errors'
import { getOutput } from '../find-output.ts'
import type { ExternalIdMode } from '../output.ts'
import type { ExternalIdRotationRow } from '../rows.ts'
import { holdOrganization, holdOutput } from './hold.ts'
import type { RotationStep } from './rotation-step.ts'

export interface Rotation {
  readonly id: string
  /** Null: of the organization's GLOBAL id, for all its outputs together. */
  readonly outputId: string | null
  readonly step: RotationStep
  readonly oldExternalId: string
  readonly nextExternalId: string
  readonly startedAt: Date
  readonly promotedAt: Date | undefined
  readonly endedAt: Date | undefined
}

/** What rotates: the id of one output or, with null, the organization's GLOBAL one. */
export interface RotationSlot {
  readonly outputId: string | null
  /** The present id. */
  readonly externalId: string
}

/** The slot of an output. GLOBAL is for an output's life, so which one it is never changes. Throws NOT_FOUND. */
export async function findSlot(scope: OrganizationScope, outputId: string): Promise<RotationSlot> {
  const { externalId, externalIdMode } = await getOutput(scope, outputId)
  return { outputId: ofOutput(outputId, externalIdMode), externalId }
}

/** Until the transaction ends, nobody else moves the slot's rotation. Throws NOT_FOUND. */
export async function holdSlot(tx: OrganizationScope, outputId: string): Promise<RotationSlot> {
  const slot = await findSlot(tx, outputId)
  if (slot.outputId === null) await holdOrganization(tx)
  else await holdOutput(tx, outputId)
  return findSlot(tx, outputId) // what whoever held it before has left
}

function ofOutput(outputId: string, mode: ExternalIdMode): string | null {
  return mode === 'GLOBAL' ? null : outputId
}

/** The one that is under way, else the last one. Throws NOT_FOUND when there was none. */
export async function getRotation(
  scope: OrganizationScope,
  slot: RotationSlot,
  outputId: string,
): Promise<Rotation> {
  const rotation = await findRotation(scope, slot)
  if (rotation === undefined) throw notFound('external-id rotation of the output', outputId)
  return rotation
}

export async function findRotation(
  scope: OrganizationScope,
  { outputId }: RotationSlot,
): Promise<Rotation | undefined> {
  const row = await scope
    .selectFrom('external_id_rotations')
    .selectAll()
    .where('output_id', 'is not distinct from', outputId)
    .orderBy('ended_at', (order) => order.desc().nullsFirst())
    .orderBy('started_at', 'desc')
    .executeTakeFirst()
  return row && rotationOf(row)
}

const ROTATIONS_MAX = 50

/** Those of the slot, the newest first. */
export async function listRotations(
  scope: OrganizationScope,
  { outputId }: RotationSlot,
): Promise<Rotation[]> {
  const rows = await scope
    .selectFrom('external_id_rotations')
    .selectAll()
    .where('output_id', 'is not distinct from', outputId)
    .orderBy('started_at', 'desc')
    .limit(ROTATIONS_MAX)
    .execute()
  return rows.map(rotationOf)
}

function rotationOf(row: Selectable<ExternalIdRotationRow>): Rotation {
  return {
    id: row.id,
    outputId: row.output_id,
    step: row.step,
    oldExternalId: row.old_external_id,
    nextExternalId: row.next_external_id,
    startedAt: row.started_at,
    promotedAt: row.promoted_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
  }
}
