import type { SetupValues } from '#setup'
import type { S3RoleBasedOutput } from './output.ts'
import { targetOf } from './target.ts'

/** The output as its set-up documents need it. */
export function setupValuesOf(output: S3RoleBasedOutput, principalArn: string): SetupValues {
  const { externalId, otherExternalId, ...target } = targetOf(output)
  const externalIds = otherExternalId === undefined ? [externalId] : [externalId, otherExternalId]
  return { ...target, principalArn, externalIds }
}
