import { deflateRawSync } from 'node:zlib'
import { AwsError } from '../errors.ts'
import type { Tag } from '../identities.ts'

/**
 * AWS packs session policies and tags into a binary form it does not publish, with a limit of its
 * own beside the 2,048 characters. Here it is their size after compression.
 */
const PACKED_BYTES_MAX = 1024

/** Percent of what may be used, or undefined when nothing was passed. */
export function measurePackedPolicy(passed: {
  policy: string | undefined
  policyArns: string[]
  tags: Tag[]
}): number | undefined {
  const { policy, policyArns, tags } = passed
  if (policy === undefined && policyArns.length === 0 && tags.length === 0) return undefined
  const compact = policy === undefined ? '' : JSON.stringify(JSON.parse(policy))
  const texts = [compact, ...policyArns, ...tags.flatMap((tag) => [tag.Key, tag.Value])]
  const bytes = deflateRawSync(texts.join('\n')).length
  const percent = Math.ceil((bytes / PACKED_BYTES_MAX) * 100)
  if (percent <= 100) return percent
  throw packedPolicyTooLarge(percent)
}

export function packedPolicyTooLarge(percent: number): AwsError {
  return new AwsError(
    'PackedPolicyTooLarge',
    400,
    `Packed size of session tags and policies consumes ${percent}% of allotted space.`,
  )
}
