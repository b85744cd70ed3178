import { roleOf } from '#setup'
import type { BucketTarget } from './target.ts'

/** A likely slip of whoever wrote the role or the output. */
export type OpensInstead =
  | { readonly kind: 'OTHER_OUTPUT_ID'; readonly outputId: string }
  | { readonly kind: 'OTHER_CASE'; readonly externalId: string }
  | { readonly kind: 'WITHOUT_PATH'; readonly roleArn: string }

interface Slip {
  readonly opensInstead: OpensInstead
  /** For the reader: how the call differs from the right one. */
  readonly sent: string
  readonly roleArn: string
  readonly externalId: string
}

/** Another output of the same organization. */
export interface OtherOutput {
  readonly outputId: string
  readonly externalId: string
}

const OTHER_OUTPUTS_MAX = 5

/**
 * STS has one answer for a role that is missing, one that demands another id and one that trusts somebody
 * else. So what people get wrong most is tried, and whatever opens the role is the cause.
 */
export function slipsOf(
  { externalId, roleArn }: Pick<BucketTarget, 'externalId' | 'roleArn'>,
  otherOutputs: readonly OtherOutput[],
): Slip[] {
  const slips: Slip[] = otherOutputs.slice(0, OTHER_OUTPUTS_MAX).map((other) => ({
    opensInstead: { kind: 'OTHER_OUTPUT_ID', outputId: other.outputId },
    sent: `with the external id of the output ${other.outputId}`,
    roleArn,
    externalId: other.externalId,
  }))
  const capitals = externalId.toUpperCase()
  if (capitals !== externalId)
    slips.push({
      opensInstead: { kind: 'OTHER_CASE', externalId: capitals },
      sent: 'with the right external id in capitals',
      roleArn,
      externalId: capitals,
    })
  const { partition, accountId, name } = roleOf(roleArn)
  const withoutPath = `arn:${partition}:iam::${accountId}:role/${name}`
  if (withoutPath !== roleArn)
    slips.push({
      opensInstead: { kind: 'WITHOUT_PATH', roleArn: withoutPath },
      sent: `for ${withoutPath}, the role without its path`,
      roleArn: withoutPath,
      externalId,
    })
  return slips
}
