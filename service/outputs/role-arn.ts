import { parseArn } from '@sluice/iam'

const ARN_LENGTH_MAX = 2048
const PATH_LENGTH_MAX = 512
const NAME_LENGTH_MAX = 64
const FORM = 'arn:aws:iam::<12 digits>:role/<name>'

/** Which roles an output may name. */
export interface RoleRules {
  /** Our own user or role. */
  readonly principalArn: string
  /** Roles of our own account that may be named all the same. */
  readonly ownAccountRoleArns: readonly string[]
}

/**
 * What is wrong with a role's ARN, in words; undefined when nothing is. AssumeRole cannot leave a
 * partition; and a role of our own account could be meant for us, not for the customer who names it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export function mistakeOfRoleArn(roleArn: string, rules: RoleRules): string | undefined {
  const arn = parseArn(roleArn)
  const own = parseArn(rules.principalArn)
  if (own === undefined) throw new Error('Our own principal is no ARN.')
  if (arn === undefined || !/^[a-z0-9-]+$/.test(arn.partition)) return `must have the form ${FORM}`
  if (arn.service !== 'iam') return `must be the ARN of an IAM role, ${FORM}, not of ${arn.service}`
  if (arn.region !== '' || !/^\d{12}$/.test(arn.accountId)) return `must have the form ${FORM}`
  const mistake = mistakeOfResource(roleArn, arn.resource)
  if (mistake !== undefined) return mistake
  if (arn.partition !== own.partition)
    return (
      `is in the partition ${arn.partition}, and this service in ${own.partition}: a role cannot be ` +
      'assumed across partitions'
    )
  if (arn.accountId === own.accountId && !rules.ownAccountRoleArns.includes(roleArn))
    return 'is a role of this service’s own account; it must be a role in your account'
  return undefined
}

/** `role/`, a path that may be empty, and the name. */
function mistakeOfResource(roleArn: string, resource: string): string | undefined {
  const [kind, ...rest] = resource.split('/')
  const name = rest.at(-1) ?? ''
  const path = rest.slice(0, -1)
  if (kind !== 'role') return `must be the ARN of a role, ${FORM}, not of a ${kind}`
  if (roleArn.length > ARN_LENGTH_MAX) return `must have at most ${ARN_LENGTH_MAX} characters`
  if (!/^[\w+=,.@-]+$/.test(name))
    return 'must end in the role’s name, of letters, digits and any of _+=,.@-'
  if (name.length > NAME_LENGTH_MAX)
    return `has a role name of more than ${NAME_LENGTH_MAX} characters`
  if (path.some((segment) => !/^[\u0021-\u007e]+$/.test(segment)))
    return 'has a path with an empty part or with characters that are no visible ASCII'
  if (`/${path.join('/')}/`.length > PATH_LENGTH_MAX)
    return `has a path of more than ${PATH_LENGTH_MAX} characters`
  if (path[0] === 'aws-service-role' || path[0] === 'aws-reserved')
    return 'is a role that AWS manages: nobody can give it a trust policy'
  return undefined
}
