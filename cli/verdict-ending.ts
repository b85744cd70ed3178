import type { Verification } from '@sluice/sdk'

/** What a report means for exports, by what is known of the role now. */
export function endingOf({ verdict, role }: Pick<Verification, 'verdict' | 'role'>): string {
  const isOpen = role?.verdict === 'PASSED'
  switch (verdict) {
    case 'PASSED':
      return 'exports can be written.'
    case 'FAILED':
      return isOpen
        ? 'exports fail until this is changed.'
        : 'nothing is written until this is changed.'
    case 'INCONCLUSIVE':
      if (!isOpen)
        return 'nothing is known for sure, so nothing is written. Try again in some minutes.'
      if (role.inconclusiveMessage === undefined)
        return 'the role has passed, so exports are tried; the rest is not known. Try again in some minutes.'
      return 'nothing new is known. The role had passed before, which holds for 24 hours: until then exports are written. Try again in some minutes.'
  }
}
