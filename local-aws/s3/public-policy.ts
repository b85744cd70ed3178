import type { PolicyDocument, Statement } from '@sluice/iam'

/** A condition on one of these with fixed values makes a grant to everyone not public. */
const fixingKeys = new Set(
  [
    ...['aws:SourceIp', 'aws:SourceArn', 'aws:SourceVpc', 'aws:SourceVpce', 'aws:SourceOwner'],
    ...['aws:SourceAccount', 'aws:PrincipalAccount', 'aws:PrincipalArn', 'aws:PrincipalOrgID'],
    ...['aws:userid', 's3:DataAccessPointArn', 's3:DataAccessPointAccount'],
    's3:x-amz-server-side-encryption-aws-kms-key-id',
  ].map((key) => key.toLowerCase()),
)

const fixingOperators = /^(ForAnyValue:)?(StringEquals|StringLike|ArnEquals|ArnLike|IpAddress)$/

/**
 * Whether a bucket policy is public: a policy is until it shows that it is not.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
export function isPublicPolicy(policy: PolicyDocument): boolean {
  return policy.Statement.some((it) => it.Effect === 'Allow' && isForEveryone(it) && !isFixed(it))
}

function isForEveryone({ Principal: named, NotPrincipal: spared }: Statement): boolean {
  return spared !== undefined || (named?.AWS ?? []).includes('*')
}

function isFixed({ Condition: condition = {} }: Statement): boolean {
  return Object.entries(condition).some(([operator, keys]) => {
    if (!fixingOperators.test(operator)) return false
    return Object.entries(keys).some(
      ([key, values]) =>
        fixingKeys.has(key.toLowerCase()) && values.every((it) => isFixedValue(key, it)),
    )
  })
}

/** A user id may end in a wildcard after the role's id; an address range must not be too wide. */
function isFixedValue(key: string, value: string): boolean {
  if (key.toLowerCase() === 'aws:sourceip') {
    const bits = Number(value.split('/')[1] ?? 32)
    return value.includes(':') ? bits >= 32 || !value.includes('/') : bits >= 8
  }
  if (key.toLowerCase() === 'aws:userid' && /^AROA[A-Z0-9]+:\*$/.test(value)) return true
  return !/[*?]|\$\{/.test(value)
}
