import type { Step } from './use-verification.ts'

type Name = Step['name']

/** In the order in which they are taken; complete by type. */
export const stepTexts: Record<Name, { title: string; about: string }> = {
  PRINCIPAL: {
    title: 'Sluice is who your role trusts',
    about: 'Sluice asks AWS who it is itself.',
  },
  ROLE: {
    title: 'The role opens for Sluice',
    about: 'Sluice assumes the role, with the external id.',
  },
  EXTERNAL_ID: {
    title: 'The role stays shut without the external id',
    about: 'Sluice tries to get in with wrong ids, twice, some seconds apart. It must not succeed.',
  },
  BUCKET: {
    title: 'The bucket is there',
    about: 'Sluice looks where the bucket is.',
  },
  WRITE: {
    title: 'Sluice can write below the prefix',
    about: 'An upload is begun and given up again: nothing is left in the bucket.',
  },
  WHOLE_OBJECT: {
    title: 'A whole object can be put',
    about: 'A small object is put, and removed where the role may.',
  },
}

export const stepNames = Object.keys(stepTexts) as Name[]

/** What the wrong tries are, and why each is made. */
export const negativeProbes = [
  'Without an external id: whoever only knows the ARN of your role must not get in.',
  'With a random one: the role must not take just any id.',
  'With one that looks like Sluice’s own and was never issued: an id of another customer must not open your role.',
  'With the right one but for a single character: a wildcard in the trust policy would let it pass.',
]
