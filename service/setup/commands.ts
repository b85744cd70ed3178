import { type Statement, writePolicy } from '@sluice/iam'
import { writePermissionsPolicy } from './permissions.ts'
import type { PrincipalForm } from './principal.ts'
import { quoteForShell } from './quote.ts'
import { writeTrustPolicy } from './trust-policy.ts'
import { type PermissionValues, roleOf, type TrustValues } from './values.ts'

/** The name that the kit gives the role's inline policy. */
export const POLICY_NAME = 'sluice'

/** One command for the AWS CLI that sets the trust policy of a role that exists. */
export function trustCommand(
  values: TrustValues & Pick<PermissionValues, 'roleArn'>,
  form: PrincipalForm = 'account',
): string {
  const policy = quoteForShell(writePolicy(writeTrustPolicy(values, form)))
  const { name } = roleOf(values.roleArn)
  return `aws iam update-assume-role-policy --role-name ${name} --policy-document ${policy}`
}

/** Commands for the AWS CLI that end all use of a role at once: nobody gets in, and who is in can do nothing. */
export function revokeCommands({ roleArn }: Pick<PermissionValues, 'roleArn'>): string[] {
  const { name } = roleOf(roleArn)
  const documentOf = (statement: Statement) =>
    quoteForShell(writePolicy({ Version: '2012-10-17', Statement: [statement] }))
  const trust = documentOf({
    Effect: 'Deny',
    Principal: { AWS: ['*'] },
    Action: ['sts:AssumeRole'],
  })
  const permissions = documentOf({ Effect: 'Deny', Action: ['*'], Resource: ['*'] })
  return [
    `aws iam update-assume-role-policy --role-name ${name} --policy-document ${trust}`,
    `aws iam put-role-policy --role-name ${name} --policy-name ${POLICY_NAME}-revoked ` +
      `--policy-document ${permissions}`,
  ]
}

/** One command for the AWS CLI that gives a role that exists its permissions. */
export function permissionsCommand(values: PermissionValues): string {
  const policy = quoteForShell(writePolicy(writePermissionsPolicy(values)))
  const { name } = roleOf(values.roleArn)
  return (
    `aws iam put-role-policy --role-name ${name} --policy-name ${POLICY_NAME} ` +
    `--policy-document ${policy}`
  )
}
