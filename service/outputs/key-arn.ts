import { parseArn } from '@sluice/iam'
import { findRegion } from '#delivery'

const FORM = 'arn:aws:kms:<region>:<12 digits>:key/<key id>'

/**
 * What is wrong with a KMS key's ARN, in words; undefined when nothing is. An alias or a bare id would
 * mean a key of the caller's account, which is the role's and not always the key's.
 */
export function mistakeOfKeyArn(
  keyArn: string,
  expected: { partition: string; region: string | undefined },
): string | undefined {
  const arn = parseArn(keyArn)
  if (arn?.service !== 'kms' || !/^\d{12}$/.test(arn.accountId)) return `must have the form ${FORM}`
  if (arn.resource.startsWith('alias/')) return `must be the key’s own ARN, ${FORM}, not an alias`
  if (!/^key\/([\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|mrk-[\da-f]{32})$/.test(arn.resource))
    return `must have the form ${FORM}`
  if (arn.partition !== expected.partition)
    return `must be in the partition ${expected.partition}, as this service is`
  if (findRegion(arn.partition, arn.region) === undefined)
    return `names the region ${arn.region}, which is not known`
  if (expected.region !== undefined && arn.region !== expected.region)
    return `is in ${arn.region}, and the bucket in ${expected.region}: S3 uses keys of its own region`
  return undefined
}
