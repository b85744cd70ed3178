/**
 * A rotation is NEXT_ISSUED once it has issued the next id: the old one is present, and the next is tried
 * where the old is refused. It is PROMOTED when the next is the present one: now the old is tried where
 * the next is refused. It ends RETIRED, with the old id retired, or CANCELLED, with the next one retired
 * and the old one present; both are for good, and a retired id never returns.
 */
export type RotationStep = 'NEXT_ISSUED' | 'PROMOTED' | 'RETIRED' | 'CANCELLED'

const moves: Record<RotationStep, readonly RotationStep[]> = {
  NEXT_ISSUED: ['PROMOTED', 'CANCELLED'],
  PROMOTED: ['RETIRED', 'CANCELLED'],
  RETIRED: [],
  CANCELLED: [],
}

export const rotationSteps = Object.keys(moves) as RotationStep[] // exactly the keys of the literal above

/** The steps from which a rotation may move there: what a compare-and-set compares with. */
export function stepsBefore(step: RotationStep): RotationStep[] {
  return rotationSteps.filter((from) => moves[from].includes(step))
}

type Move = 'possible' | 'done' | 'impossible'

/** Whoever asks twice, since the first answer was lost, finds it done. */
export function moveOf(from: RotationStep, to: RotationStep): Move {
  if (from === to) return 'done'
  return moves[from].includes(to) ? 'possible' : 'impossible'
}

export function isUnderWay(step: RotationStep): boolean {
  return moves[step].length > 0
}

/** Why the move is impossible, and what is possible instead. */
export function refusalOfMove(from: RotationStep, to: RotationStep): string {
  if (!isUnderWay(from))
    return (
      `The rotation is ${from}, which is for good. POST external-id-rotation begins a new one, with ` +
      'an id of its own.'
    )
  return from === 'NEXT_ISSUED'
    ? `The rotation is ${from}: the next id must be promoted before it can be ${to}.`
    : `The rotation is ${from}: it can be retired or cancelled, not ${to}.`
}
