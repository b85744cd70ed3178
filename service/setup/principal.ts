import { escapeForResource, type PrincipalElement, parseArn, type Statement } from '@sluice/iam'

/** How a trust policy names Sluice: by its account and a condition, or by the ARN itself. */
export const principalForms = ['account', 'arn'] as const
export type PrincipalForm = (typeof principalForms)[number]

/** Sluice's own user or role, as customers trust it. */
export interface TrustedPrincipal {
  readonly arn: string
  readonly partition: string
  readonly accountId: string
  readonly kind: 'user' | 'role'
  /** Without its path. */
  readonly name: string
}

export function describePrincipal(principalArn: string): TrustedPrincipal {
  const arn = parseArn(principalArn)
  if (arn === undefined) throw new Error('Our own principal is no ARN.')
  const { partition, accountId, resource } = arn
  const kind = resource.startsWith('role/') ? 'role' : 'user'
  return {
    arn: principalArn,
    partition,
    accountId,
    kind,
    name: resource.slice(resource.lastIndexOf('/') + 1),
  }
}

/**
 * What stands in a statement for this principal. `aws:PrincipalArn` is the role's ARN with its path, not
 * the session's, and ArnEquals takes wildcards, which a path could have.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export function nameOfPrincipal(
  principalArn: string,
  form: PrincipalForm,
): Required<Pick<Statement, 'Principal'>> & Pick<Statement, 'Condition'> {
  if (form === 'arn') return { Principal: { AWS: [principalArn] } }
  const { partition, accountId } = describePrincipal(principalArn)
  const Principal: PrincipalElement = { AWS: [`arn:${partition}:iam::${accountId}:root`] }
  const ArnEquals = { 'aws:PrincipalArn': [escapeForResource(principalArn)] }
  return { Principal, Condition: { ArnEquals } }
}
