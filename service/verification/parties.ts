import { parseArn } from '@sluice/iam'
import type { SetupValues } from '#setup'
import type { Parties } from './remedies.ts'

/** The names that messages and remedies are written with. */
export function partiesOf(values: SetupValues): Parties {
  const { roleArn, outputId, pathPrefix, expectedBucketOwner } = values
  const { accountId = '', resource = '' } = parseArn(roleArn) ?? {}
  return {
    ...values,
    accountId,
    roleName: resource.slice(resource.lastIndexOf('/') + 1),
    bucketOwner: expectedBucketOwner ?? accountId,
    sessionName: `sluice-${outputId}`,
    foundRegion: undefined,
    otherOutputId: undefined,
    objectKey: `${pathPrefix}sluice-verification-${outputId}`,
  }
}
