import type { SetupValues } from '#setup'
import type { S3RoleBasedOutput } from './output.ts'
import { targetOf } from './target.ts'

/**
 * What the set-up kit is written from. While a rotation waits for its promotion, the trust policy has both
 * ids; after it the new one alone, so that the old one can be retired.
 */
export function setupValuesOf(output: S3RoleBasedOutput, principalArn: string): SetupValues {
  const { externalId, otherExternalId: _, ...target } = targetOf(output)
  const { nextExternalId } = output
  const externalIds = nextExternalId === undefined ? [externalId] : [externalId, nextExternalId]
  return { ...target, principalArn, externalIds }
}
