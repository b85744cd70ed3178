import { parseArn } from '@sluice/iam'

/**
 * GetCallerIdentity names a role by the session that it is assumed in, without the role's path; so
 * users are compared whole, and roles by account and name.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export function isSamePrincipal(principalArn: string, identityArn: string): boolean {
  if (principalArn === identityArn) return true
  const [principal, identity] = [parseArn(principalArn), parseArn(identityArn)]
  if (principal === undefined || identity === undefined) return false
  const [kind, ...path] = principal.resource.split('/')
  const [identityKind, roleName] = identity.resource.split('/')
  return (
    kind === 'role' &&
    identityKind === 'assumed-role' &&
    path.at(-1) === roleName &&
    principal.accountId === identity.accountId &&
    principal.partition === identity.partition
  )
}
