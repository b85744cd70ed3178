import { type PolicyDocument, PolicyError, type PolicyKind } from '@sluice/iam'
import { getAccount } from './accounts.ts'
import type { Identities, OrganizationPolicies } from './identities.ts'
import { readPolicy } from './policy-texts.ts'
import type { State } from './state.ts'

/**
 * What an organization lets an account do. There is no Organizations API here: policies are set from
 * outside. Of service control policies the whole list is given, `FullAWSAccess` by its name; of resource
 * control policies AWS's own RCPFullAWSAccess is always among them.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
 */
const FULL_ACCESS = 'FullAWSAccess'
const fullServiceAccess = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
})
const fullResourceAccess = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }],
})

/** As AWS limits it: policies on an account, and characters of each. */
const POLICIES_MAX = 5
const POLICY_CHARACTERS_MAX = 5120

/** Replaces both kinds; without any the account leaves the organization. Throws a TypeError. */
export async function setOrganizationPolicies(
  state: State,
  { accountId, ...policies }: OrganizationPolicies & { accountId: string },
): Promise<void> {
  const { serviceControl, resourceControl } = policies
  const kept: OrganizationPolicies = {
    ...(serviceControl && { serviceControl: serviceControl.map(named) }),
    ...(resourceControl && { resourceControl }),
  }
  for (const kind of ['serviceControl', 'resourceControl'] as const) check(kept[kind] ?? [], kind)
  await state.change((identities) => {
    getAccount(identities, accountId).organizationPolicies = kept
  })
}

export function findServiceControl(
  { accounts }: Identities,
  accountId: string,
): PolicyDocument[][] | undefined {
  const texts = accounts.get(accountId)?.organizationPolicies?.serviceControl
  return texts && [texts.map((text) => readPolicy(text, 'serviceControl'))]
}

export function findResourceControl(
  { accounts }: Identities,
  accountId: string,
): PolicyDocument[][] | undefined {
  const texts = accounts.get(accountId)?.organizationPolicies?.resourceControl
  return (
    texts && [[fullResourceAccess, ...texts].map((text) => readPolicy(text, 'resourceControl'))]
  )
}

function named(policy: string): string {
  return policy === FULL_ACCESS ? fullServiceAccess : policy
}

function check(texts: readonly string[], kind: PolicyKind): void {
  if (texts.length > POLICIES_MAX) {
    throw new TypeError(`${kind} must be at most ${POLICIES_MAX} policies`)
  }
  for (const text of texts) {
    if (text.length > POLICY_CHARACTERS_MAX) {
      throw new TypeError(`A policy of ${kind} has more than ${POLICY_CHARACTERS_MAX} characters`)
    }
    try {
      readPolicy(text, kind)
    } catch (cause) {
      if (!(cause instanceof PolicyError)) throw cause
      throw new TypeError(`A policy of ${kind} is none: ${cause.message}`, { cause })
    }
  }
}
