/**
 * An external id is rotated without a gap: the role learns the next id, is proven to open with it, and
 * only then must it forget the old one. What rotates is the id of one output, or the organization's
 * GLOBAL one for all outputs that have it. AWS is asked outside of transactions; a transaction then moves
 * the rotation by compare-and-set, or finds that someone else has moved it.
 */
import { randomUUID } from 'node:crypto'
import type { ExpressionBuilder } from 'kysely'
import type { OrganizationScope, Tables } from '#database'
import { CallerError } from '#errors'
import { outputOf, selectOutputs } from '../find-output.ts'
import type { S3RoleBasedOutput } from '../output.ts'
import {
  findRotation,
  findSlot,
  getRotation,
  holdSlot,
  type Rotation,
  type RotationSlot,
} from './find-rotation.ts'
import { holdExternalIds, setGlobalExternalId } from './hold.ts'
import { issueFresh } from './issue.ts'
import { retireExternalIds } from './retire.ts'
import { both, proveAll, type RotationProof } from './rotation-proof.ts'
import {
  isUnderWay,
  moveOf,
  type RotationStep,
  refusalOfMove,
  stepsBefore,
} from './rotation-step.ts'

/** Issues the next id. Throws NOT_FOUND, and CONFLICT while a rotation is under way. */
export function startRotation(scope: OrganizationScope, outputId: string): Promise<Rotation> {
  return scope.transaction(async (tx) => {
    const slot = await holdSlot(tx, outputId)
    const latest = await findRotation(tx, slot)
    if (latest !== undefined && isUnderWay(latest.step)) throw alreadyUnderWay(latest)
    const row = {
      id: randomUUID(),
      output_id: slot.outputId,
      step: 'NEXT_ISSUED' as const,
      old_external_id: slot.externalId,
      next_external_id: await issueFresh(tx, slot.outputId === null ? 'GLOBAL' : 'GENERATED'),
      started_at: tx.clock.now(),
    }
    await tx.insertInto('external_id_rotations', row).execute()
    return getRotation(tx, slot, outputId)
  })
}

function alreadyUnderWay({ step, nextExternalId }: Rotation): CallerError {
  return new CallerError(
    'CONFLICT',
    `A rotation to the external id ${nextExternalId} is under way; it is ${step}. Bring it to its end, ` +
      'or cancel it: DELETE external-id-rotation.',
  )
}

/**
 * Makes the next id the present one, once every role opens with it. Throws NOT_FOUND; CONFLICT where the
 * step is impossible or a role does not; TransientError where AWS gave no clear answer.
 */
export function promoteRotation(
  scope: OrganizationScope,
  outputId: string,
  proof: RotationProof,
): Promise<Rotation> {
  return proveAndMove(scope, outputId, 'PROMOTED', (output, { nextExternalId }) =>
    proof.opensWith(scope, output, nextExternalId),
  )
}

/**
 * Retires the old id, once every role refuses it and opens with the present one: a role that is gone
 * refuses everything, and proves nothing. Throws as the promotion does.
 */
export function retireOldId(
  scope: OrganizationScope,
  outputId: string,
  proof: RotationProof,
): Promise<Rotation> {
  return proveAndMove(scope, outputId, 'RETIRED', (output, { oldExternalId, nextExternalId }) =>
    both(
      () => proof.opensWith(scope, output, nextExternalId),
      () => proof.refuses(scope, output, oldExternalId),
    ),
  )
}

async function proveAndMove(
  scope: OrganizationScope,
  outputId: string,
  to: 'PROMOTED' | 'RETIRED',
  prove: (output: S3RoleBasedOutput, rotation: Rotation) => ReturnType<RotationProof['opensWith']>,
): Promise<Rotation> {
  const slot = await findSlot(scope, outputId)
  const rotation = await getRotation(scope, slot, outputId)
  if (isDone(rotation, to)) return rotation
  const outputs = await listOutputsOf(scope, slot)
  await proveAll(outputs, (output) => prove(output, rotation))
  const proven = new Set(outputs.map(({ id }) => id))
  return moveRotation(scope, { outputId, to, rotationId: rotation.id, proven })
}

/**
 * The old id is the present one again, and the next is retired. Throws NOT_FOUND, and CONFLICT when the
 * old one is retired already.
 */
export function cancelRotation(scope: OrganizationScope, outputId: string): Promise<Rotation> {
  return moveRotation(scope, { outputId, to: 'CANCELLED' })
}

function moveRotation(
  scope: OrganizationScope,
  move: {
    outputId: string
    to: 'PROMOTED' | 'RETIRED' | 'CANCELLED'
    /** Absent: whichever is the latest. */
    rotationId?: string
    /** The outputs whose roles have passed. */
    proven?: ReadonlySet<string>
  },
): Promise<Rotation> {
  const { outputId, to, rotationId, proven } = move
  return scope.transaction(async (tx) => {
    const slot = await holdSlot(tx, outputId)
    const rotation = await getRotation(tx, slot, outputId)
    if (rotationId !== undefined && rotation.id !== rotationId) throw replaced()
    if (isDone(rotation, to)) return rotation
    if (proven !== undefined) await refuseUnproven(tx, slot, proven)
    await writeStep(tx, rotation, to)
    if (to === 'PROMOTED') await changeId(tx, slot, rotation.nextExternalId)
    if (to === 'CANCELLED') await changeId(tx, slot, rotation.oldExternalId)
    if (to !== 'PROMOTED')
      await retire(tx, to === 'RETIRED' ? rotation.oldExternalId : rotation.nextExternalId)
    return getRotation(tx, slot, outputId)
  })
}

/** Throws CONFLICT for a move that is impossible. */
function isDone({ step }: Rotation, to: RotationStep): boolean {
  const move = moveOf(step, to)
  if (move === 'impossible') throw new CallerError('CONFLICT', refusalOfMove(step, to))
  return move === 'done'
}

function replaced(): CallerError {
  return new CallerError(
    'CONFLICT',
    'The rotation ended while the roles were asked, and another one began; nothing was changed. ' +
      'GET external-id-rotation shows it.',
  )
}

/** An output that was created while the others’ roles were asked has one that nobody has asked. */
async function refuseUnproven(
  tx: OrganizationScope,
  slot: RotationSlot,
  proven: ReadonlySet<string>,
): Promise<void> {
  const unproven = (await listOutputsOf(tx, slot)).find(({ id }) => !proven.has(id))
  if (unproven === undefined) return
  throw new CallerError(
    'CONFLICT',
    `The output ${unproven.id} was created while the roles were asked, so nothing was changed. Ask again, ` +
      'and its role is asked too.',
  )
}

async function writeStep(
  tx: OrganizationScope,
  { id }: Rotation,
  to: 'PROMOTED' | 'RETIRED' | 'CANCELLED',
): Promise<void> {
  const now = tx.clock.now()
  const { numUpdatedRows } = await tx
    .updateTable('external_id_rotations')
    .set({ step: to, ...(to === 'PROMOTED' ? { promoted_at: now } : { ended_at: now }) })
    .where('id', '=', id)
    .where('step', 'in', stepsBefore(to))
    .executeTakeFirstOrThrow()
  if (numUpdatedRows !== 1n) throw new Error('A rotation moved although its slot was held.')
}

async function changeId(tx: OrganizationScope, slot: RotationSlot, externalId: string) {
  const { mode } = await tx
    .selectFrom('external_ids')
    .select('mode')
    .where('external_id', '=', externalId)
    .executeTakeFirstOrThrow()
  if (slot.outputId === null) await setGlobalExternalId(tx, externalId)
  await tx
    .updateTable('outputs')
    .set({ external_id: externalId, external_id_mode: mode })
    .where('deleted_at', 'is', null)
    .where(ofSlot(slot))
    .execute()
}

async function retire(tx: OrganizationScope, externalId: string): Promise<void> {
  await holdExternalIds(tx, [externalId])
  await retireExternalIds(tx, [externalId])
}

/** Of an output that is being deleted, in its transaction. */
export async function cancelRotationOf(tx: OrganizationScope, outputId: string): Promise<void> {
  await tx
    .updateTable('external_id_rotations')
    .set({ step: 'CANCELLED', ended_at: tx.clock.now() })
    .where('output_id', '=', outputId)
    .where('step', 'in', stepsBefore('CANCELLED'))
    .execute()
}

async function listOutputsOf(
  scope: OrganizationScope,
  slot: RotationSlot,
): Promise<S3RoleBasedOutput[]> {
  const rows = await selectOutputs(scope).where(ofSlot(slot)).execute()
  return rows.map(outputOf)
}

function ofSlot({ outputId }: RotationSlot) {
  return (of: ExpressionBuilder<Tables, 'outputs'>) =>
    outputId === null ? of('external_id_mode', '=', 'GLOBAL') : of('id', '=', outputId)
}
