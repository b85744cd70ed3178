import { AwsError } from '../errors.ts'

/**
 * The account is the one that is asked to generate credentials: the role's.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors
 */
export function regionDisabled(accountId: string): AwsError {
  const message = `STS is not activated in this region for account:${accountId}. Your account administrator can activate STS in this region using the IAM Console.`
  return new AwsError('RegionDisabledException', 403, message)
}
