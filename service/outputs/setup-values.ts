import type { OrganizationScope } from '#database'
import type { SetupValues } from '#setup'
import { outputOf, selectOutputs } from './find-output.ts'
import type { S3RoleBasedOutput } from './output.ts'
import { targetOf } from './target.ts'

/**
 * What the set-up kit is written from. A role keeps the ids of all the organization's outputs that name it.
 * While a rotation waits for its promotion the trust policy has both ids; after it the new one alone, so
 * that the old one can be retired.
 */
export async function findSetupValues(
  scope: OrganizationScope,
  output: S3RoleBasedOutput,
  principalArn: string,
): Promise<SetupValues> {
  const rows = await selectOutputs(scope).where('role_arn', '=', output.roleArn).execute()
  const others = rows.map(outputOf).filter(({ id }) => id !== output.id)
  const ids = [output.externalId, output.nextExternalId, ...others.flatMap(idsOf)]
  const { externalId: _, otherExternalId: __, ...target } = targetOf(output)
  return { ...target, principalArn, externalIds: present(ids, output.previousExternalId) }
}

function idsOf({ externalId, nextExternalId, previousExternalId }: S3RoleBasedOutput) {
  return [externalId, nextExternalId, previousExternalId]
}

function present(ids: (string | undefined)[], retiring: string | undefined): string[] {
  const kept = ids.filter((id) => id !== undefined && id !== retiring)
  return [...new Set(kept)] as string[] // undefined was left out above
}
