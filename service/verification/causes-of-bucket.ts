import type { AwsFault, Check } from '#delivery'
import type { Ranked } from './causes-of-role.ts'

interface BucketFacts {
  /** Another account than the role's is expected to own the bucket. */
  readonly isCrossAccount: boolean
  readonly sendsAcl: boolean
}

/** Why the working session did not open, or the bucket was not found. */
export function causesOfBucket({ problem, calls }: Check): Ranked[] {
  switch (problem?.code) {
    case 'SESSION_POLICY_TOO_LARGE':
      return [['SESSION_POLICY_TOO_LARGE', 'CERTAIN']]
    case 'BUCKET_NOT_FOUND':
      return [['BUCKET_MISSING', 'CERTAIN']]
    case 'BUCKET_IN_OTHER_REGION':
      return [['BUCKET_IN_OTHER_REGION', 'CERTAIN']]
    case 'BUCKET_REGION_UNKNOWN':
      return [
        ['BUCKET_REGION_HIDDEN', 'CERTAIN'],
        ['BUCKET_OWNER_DIFFERS', 'POSSIBLE'],
      ]
    case 'PRINCIPAL_NOT_PERMITTED':
      return [['OWN_POLICY_DENIES', 'CERTAIN']]
    case 'AWS_UNAVAILABLE':
      return [['AWS_UNCLEAR', 'CERTAIN']]
    default:
      return calls.at(-1)?.fault?.status === 403
        ? [['BUCKET_OWNER_DIFFERS', 'POSSIBLE']]
        : [['BUCKET_SETTINGS_REFUSE', 'LIKELY']]
  }
}

/** Why S3 did not take what was written, the likeliest first. */
export function causesOfWrite({ problem, calls, found }: Check, facts: BucketFacts): Ranked[] {
  if (found.isRequesterPays) return [['REQUESTER_PAYS', 'CERTAIN']]
  const fault = calls.find((call) => call.fault !== undefined)?.fault
  switch (problem?.code) {
    case 'AWS_UNAVAILABLE':
      return [['AWS_UNCLEAR', 'CERTAIN']]
    case 'KEY_REFUSED':
      return causesOfKey(fault)
    case 'BUCKET_NOT_FOUND':
      return [['BUCKET_MISSING', 'CERTAIN']]
    case 'BUCKET_IN_OTHER_REGION':
      return [['BUCKET_IN_OTHER_REGION', 'CERTAIN']]
    case 'OBJECT_EXISTS':
      return [['OBJECT_IN_THE_WAY', 'CERTAIN']]
    case 'PUT_NOT_ALLOWED':
      return causesOfDenial(fault?.message ?? '')
    case 'BUCKET_OWNER_DIFFERS':
      return causesOfBareDenial(facts)
    default:
      return causesOfSettings(fault, facts)
  }
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
function causesOfKey(fault: AwsFault | undefined): Ranked[] {
  if (/Disabled|InvalidState|pending deletion/i.test(`${fault?.code} ${fault?.message}`))
    return [['KEY_DISABLED', 'CERTAIN']]
  if (fault?.code === 'KMS.NotFoundException') return [['KEY_MISSING', 'CERTAIN']]
  return [['KEY_NOT_PERMITTED', 'CERTAIN']]
}

/**
 * Within one account S3 ends its refusal with the kind of policy that decided.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
 */
function causesOfDenial(message: string): Ranked[] {
  const isDeny = /explicit deny/.test(message)
  if (/resource control policy/.test(message))
    return [['RESOURCE_CONTROL_POLICY_DENIES', 'CERTAIN']]
  if (/service control policy/.test(message)) return [['SERVICE_CONTROL_POLICY_DENIES', 'CERTAIN']]
  if (/permissions boundary/.test(message)) return [['PERMISSIONS_BOUNDARY_LIMITS', 'CERTAIN']]
  if (/VPC endpoint policy/.test(message)) return [['VPC_ENDPOINT_POLICY_DENIES', 'CERTAIN']]
  if (/resource-based policy/.test(message))
    return [[isDeny ? 'BUCKET_POLICY_DENIES' : 'BUCKET_POLICY_LACKS_ROLE', 'CERTAIN']]
  if (/identity-based policy/.test(message))
    return [[isDeny ? 'ROLE_POLICY_DENIES' : 'ROLE_LACKS_PERMISSION', 'CERTAIN']]
  return [
    ['ROLE_LACKS_PERMISSION', 'LIKELY'],
    ['BUCKET_POLICY_DENIES', 'POSSIBLE'],
  ]
}

/** Across accounts S3 names no policy, and neither does it where the owner is not the expected one. */
function causesOfBareDenial({ isCrossAccount }: BucketFacts): Ranked[] {
  if (!isCrossAccount)
    return [
      ['BUCKET_OWNER_DIFFERS', 'LIKELY'],
      ['BUCKET_POLICY_DENIES', 'POSSIBLE'],
      ['ROLE_LACKS_PERMISSION', 'POSSIBLE'],
    ]
  return [
    ['BUCKET_POLICY_LACKS_ROLE', 'LIKELY'],
    ['ROLE_LACKS_PERMISSION', 'LIKELY'],
    ['BUCKET_OWNER_DIFFERS', 'LIKELY'],
    ['BUCKET_POLICY_DENIES', 'POSSIBLE'],
    ['KEY_NOT_PERMITTED', 'POSSIBLE'],
  ]
}

function causesOfSettings(fault: AwsFault | undefined, { sendsAcl }: BucketFacts): Ranked[] {
  if (fault?.code === 'AccessControlListNotSupported') return [['ACL_REFUSED', 'CERTAIN']]
  if (/object lock/i.test(fault?.message ?? '')) return [['OBJECT_LOCK_REFUSES', 'CERTAIN']]
  const rest: Ranked[] = [['BUCKET_SETTINGS_REFUSE', 'LIKELY']]
  return sendsAcl ? [...rest, ['ACL_REFUSED', 'POSSIBLE']] : rest
}
