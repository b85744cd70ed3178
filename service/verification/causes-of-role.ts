import type { AwsFault, Check } from '#delivery'
import type { CauseCode } from './causes.ts'

/** What is known beside the check itself. */
export interface RoleHistory {
  /** The role has opened for this external id and our principal before. */
  readonly hasPassed: boolean
}

export type Ranked = readonly [CauseCode, 'CERTAIN' | 'LIKELY' | 'POSSIBLE']

/** Why our own identity did not answer as it must. */
export function causesOfPrincipal({ problem, calls }: Check): Ranked[] {
  if (problem?.code === 'AWS_UNAVAILABLE') return [['AWS_UNCLEAR', 'CERTAIN']]
  const isRefused = calls.some(({ fault }) => fault !== undefined)
  return [[isRefused ? 'OWN_CREDENTIALS_REFUSED' : 'OWN_IDENTITY_DIFFERS', 'CERTAIN']]
}

/** Why the role did not open for the right external id, the likeliest first. */
export function causesOfRefusal({ problem, calls, found }: Check, history: RoleHistory): Ranked[] {
  if (found.opened?.length) return [['EXTERNAL_ID_EXCLUDED', 'CERTAIN']]
  switch (found.opensInstead?.kind) {
    case 'OTHER_OUTPUT_ID':
      return [['EXTERNAL_ID_OF_ANOTHER_OUTPUT', 'CERTAIN']]
    case 'OTHER_CASE':
      return [['EXTERNAL_ID_IN_CAPITALS', 'CERTAIN']]
    case 'WITHOUT_PATH':
      return [['ROLE_PATH_DIFFERS', 'CERTAIN']]
    case undefined:
      break
  }
  if (problem?.code === 'AWS_UNAVAILABLE') return [['AWS_UNCLEAR', 'CERTAIN']]
  const fault = calls.find((call) => call.fault !== undefined)?.fault
  if (problem?.code === 'PRINCIPAL_NOT_PERMITTED')
    return [
      [fault?.code === 'AccessDenied' ? 'OWN_POLICY_DENIES' : 'OWN_CREDENTIALS_REFUSED', 'CERTAIN'],
    ]
  return causesByMessage(fault) ?? (history.hasPassed ? sinceItPassed : neverPassed)
}

/** AWS names the policy only where it may tell. */
function causesByMessage(fault: AwsFault | undefined): Ranked[] | undefined {
  const message = fault?.message ?? ''
  if (/resource control policy/.test(message))
    return [['RESOURCE_CONTROL_POLICY_DENIES', 'CERTAIN']]
  if (/explicit deny in (an?|the) (resource-based|role trust) policy/.test(message))
    return [['TRUST_POLICY_DENIES', 'CERTAIN']]
  return undefined
}

const neverPassed: Ranked[] = [
  ['EXTERNAL_ID_DIFFERS', 'LIKELY'],
  ['ROLE_MISSING', 'LIKELY'],
  ['PRINCIPAL_DIFFERS', 'LIKELY'],
  ['SESSION_NAME_PINNED', 'POSSIBLE'],
  ['TRUST_CONDITION_UNMET', 'POSSIBLE'],
  ['TRUST_POLICY_DENIES', 'POSSIBLE'],
  ['RESOURCE_CONTROL_POLICY_DENIES', 'POSSIBLE'],
]

/** The output has not changed since, so the role or our principal has. */
const sinceItPassed: Ranked[] = [
  ['ROLE_MISSING', 'LIKELY'],
  ['EXTERNAL_ID_DIFFERS', 'LIKELY'],
  ['PRINCIPAL_RECREATED', 'LIKELY'],
  ['PRINCIPAL_DIFFERS', 'POSSIBLE'],
  ['SESSION_NAME_PINNED', 'POSSIBLE'],
  ['TRUST_CONDITION_UNMET', 'POSSIBLE'],
  ['TRUST_POLICY_DENIES', 'POSSIBLE'],
  ['RESOURCE_CONTROL_POLICY_DENIES', 'POSSIBLE'],
]

/** Which wrong ids open a role tells how its trust policy compares. */
export function causesOfOpenRole({ problem, found }: Check): Ranked[] {
  const opened = new Set(found.opened)
  if (problem?.code !== 'ROLE_IGNORES_EXTERNAL_ID') return [['AWS_UNCLEAR', 'CERTAIN']]
  if (opened.has('none'))
    return opened.has('random')
      ? [['NO_EXTERNAL_ID_CONDITION', 'CERTAIN']]
      : [
          ['EXTERNAL_ID_OPTIONAL', 'CERTAIN'],
          ['NO_EXTERNAL_ID_CONDITION', 'POSSIBLE'],
        ]
  return [[opened.has('random') ? 'ANY_EXTERNAL_ID_ACCEPTED' : 'EXTERNAL_ID_WILDCARD', 'CERTAIN']]
}
