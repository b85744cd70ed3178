import { verificationKeyOf } from '#delivery'
import { bucketOwnerOf, roleOf, type SetupValues, sessionNameOf } from '#setup'
import type { Parties } from './remedies.ts'

/** The names that messages and remedies are written with. */
export function partiesOf(values: SetupValues): Parties {
  const { accountId, name } = roleOf(values.roleArn)
  return {
    ...values,
    accountId,
    roleName: name,
    bucketOwner: bucketOwnerOf(values),
    sessionName: sessionNameOf(values.outputId),
    foundRegion: undefined,
    otherOutputId: undefined,
    objectKey: verificationKeyOf(values),
  }
}
