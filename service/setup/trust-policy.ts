import type { PolicyDocument } from '@sluice/iam'
import { nameOfPrincipal, type PrincipalForm } from './principal.ts'
import type { TrustValues } from './values.ts'

/** The trust policy that a customer's role needs: our principal alone, and only with the external id. */
export function writeTrustPolicy(
  { principalArn, externalIds }: TrustValues,
  form: PrincipalForm = 'account',
): PolicyDocument {
  if (externalIds.length === 0) throw new Error('A trust policy without an external id trusts all.')
  const { Principal, Condition } = nameOfPrincipal(principalArn, form)
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'SluiceWithExternalId',
        Effect: 'Allow',
        Principal,
        Action: ['sts:AssumeRole'],
        Condition: { StringEquals: { 'sts:ExternalId': [...externalIds] }, ...Condition },
      },
    ],
  }
}

/** Stable, so that customers can pin it in a policy and find it in CloudTrail. 64 characters at most. */
export function sessionNameOf(outputId: string): string {
  return `sluice-${outputId}`
}
