import type { ExternalIdRotation } from '@sluice/sdk'

type Move = 'promote' | 'retire'

interface Guide {
  title: string
  /** What has been done, and what is to be done in AWS now. */
  text: string
  /** What Sluice does when that is done; absent: it is over. */
  next?: { move: Move; label: string; text: string }
  canCancel: boolean
}

/** What a rotation asks for at each step; complete by type. */
export const guides: Record<ExternalIdRotation['step'], Guide> = {
  NEXT_ISSUED: {
    title: '2. Let the role take either id',
    text: 'The next id is issued. Save this trust policy on the role: it demands either of the two. Exports go on with the present one.',
    next: {
      move: 'promote',
      label: 'It is saved: use the next id',
      text: 'Sluice proves that the role opens with the next id, and makes it the present one. AWS takes some seconds to hear of a new policy.',
    },
    canCancel: true,
  },
  PROMOTED: {
    title: '3. Let the role forget the old id',
    text: 'The next id is the present one now. Save this trust policy on the role: it demands the new id alone.',
    next: {
      move: 'retire',
      label: 'It is saved: retire the old id',
      text: 'Sluice proves that the role refuses the old id, and retires it. It never returns.',
    },
    canCancel: true,
  },
  RETIRED: {
    title: 'The last rotation is complete',
    text: 'The old id is retired, and never returns.',
    canCancel: false,
  },
  CANCELLED: {
    title: 'The last rotation was cancelled',
    text: 'The old id is the present one again. If the role still takes both, save the trust policy once more, as “Make the role” shows it.',
    canCancel: false,
  },
}

export function isUnderWay({ step }: ExternalIdRotation): boolean {
  return guides[step].next !== undefined
}
