import { getAccount } from '../accounts.ts'
import { AwsError } from '../errors.ts'
import type { State } from '../state.ts'

/**
 * The account is the one that is asked to generate credentials: the role's.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors
 */
export function regionDisabled(accountId: string): AwsError {
  const message = `STS is not activated in this region for account:${accountId}. Your account administrator can activate STS in this region using the IAM Console.`
  return new AwsError('RegionDisabledException', 403, message)
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html */
export async function deactivateStsRegions(
  state: State,
  { accountId, regions }: { accountId: string; regions: string[] },
): Promise<void> {
  const wrong = regions.find((it) => !/^[a-z]{2}(-[a-z]+)+-\d$/.test(it) || it === 'us-east-1')
  if (wrong !== undefined) throw new TypeError(`STS cannot be deactivated in ${wrong}`)
  await state.change((identities) => {
    getAccount(identities, accountId).deactivatedStsRegions = regions
  })
}
