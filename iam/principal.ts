import { parseArn } from './arn.ts'
import type { PrincipalElement, Statement } from './policy.ts'
import type { Principal } from './request.ts'

/**
 * To whom a resource policy gives: `'direct'` to the user or session itself, or to everyone;
 * `'role'` to the role, so that session policies limit it; `'account'` to the account, whose own
 * policies must then allow.
 */
export type Grant = 'direct' | 'role' | 'account'

const strongestFirst: Grant[] = ['direct', 'role', 'account']

/**
 * What the statement's Principal gives to this principal. An Allow with NotPrincipal gives
 * nothing.
 */
export function grantOf(
  statement: Statement,
  principal: Principal | 'anonymous',
): Grant | undefined {
  if (!statement.Principal || statement.NotPrincipal) return undefined
  const grants = grantsIn(statement.Principal, principal)
  return strongestFirst.find((grant) => grants.has(grant))
}

/**
 * Whether a Deny is about this principal. NotPrincipal spares a user only when the user and the
 * account are listed, a session only when its role and the account are, and nobody who has a
 * permissions boundary.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
export function isDeniedBy(
  statement: Statement,
  principal: Principal | 'anonymous',
  isBounded: boolean,
): boolean {
  const { Principal: named, NotPrincipal: spared } = statement
  if (spared) {
    if (named || isBounded || !isKnown(spared)) return true
    const grants = grantsIn(spared, principal)
    return !levelsOf(principal).every((level) => grants.has(level))
  }
  return !named || !isKnown(named) || grantsIn(named, principal).size > 0
}

function levelsOf(principal: Principal | 'anonymous'): Grant[] {
  if (principal === 'anonymous' || isRoot(principal)) return ['direct']
  if (principal.arn.includes(':assumed-role/')) return ['role', 'account']
  return ['direct', 'account']
}

function grantsIn(element: PrincipalElement, principal: Principal | 'anonymous'): Set<Grant> {
  const values = element.AWS ?? []
  if (values.includes('*')) return new Set(strongestFirst)
  if (principal === 'anonymous') return new Set()
  const grants = values.map((value) => grantBy(value, principal))
  return new Set(grants.filter((grant) => grant !== undefined))
}

function grantBy(value: string, principal: Principal): Grant | undefined {
  if (isAccount(value, principal)) return isRoot(principal) ? 'direct' : 'account'
  if (value === principal.arn) return 'direct'
  if (value === principal.roleArn) return 'role'
  // A session's unique id may come with the session's name, as aws:userid has it.
  if (principal.uniqueId === undefined || value !== principal.uniqueId.split(':')[0])
    return undefined
  return principal.roleArn === undefined ? 'direct' : 'role'
}

function isAccount(value: string, { accountId, arn }: Principal): boolean {
  return value === accountId || value === `arn:${parseArn(arn)?.partition}:iam::${accountId}:root`
}

function isRoot({ accountId, arn }: Principal): boolean {
  return arn.endsWith(`:iam::${accountId}:root`)
}

function isKnown(element: PrincipalElement): boolean {
  const types = Object.keys(element)
  const known = ['AWS', 'Service', 'Federated', 'CanonicalUser']
  return types.length > 0 && types.every((type) => known.includes(type))
}
