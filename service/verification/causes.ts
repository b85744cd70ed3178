/**
 * STS and S3 have one code for many causes. These are the causes themselves, as a report names them;
 * docs/errors.md lists them.
 */
export const causeMeanings = {
  OWN_IDENTITY_DIFFERS:
    'Sluice runs under other credentials than those of the principal that customers trust.',
  OWN_CREDENTIALS_REFUSED: 'AWS does not accept Sluice’s own credentials.',
  OWN_POLICY_DENIES: 'A policy in Sluice’s own account keeps it from assuming roles.',

  ROLE_MISSING: 'There is no role of exactly this ARN.',
  ROLE_PATH_DIFFERS: 'The role exists, under another path than the output’s ARN says.',
  EXTERNAL_ID_DIFFERS: 'The trust policy demands another external id.',
  EXTERNAL_ID_OF_ANOTHER_OUTPUT: 'The trust policy demands the external id of another output.',
  EXTERNAL_ID_IN_CAPITALS: 'The trust policy demands the external id in capitals.',
  EXTERNAL_ID_EXCLUDED:
    'The trust policy accepts any external id but the right one, as StringNotEquals does.',
  PRINCIPAL_DIFFERS: 'The trust policy names another principal than Sluice’s.',
  PRINCIPAL_RECREATED:
    'The trust policy names a principal that was deleted and made anew: AWS keeps its internal id, not its name.',
  SESSION_NAME_PINNED: 'The trust policy demands another session name than the output’s.',
  TRUST_CONDITION_UNMET: 'The trust policy has a condition that Sluice’s call does not meet.',
  TRUST_POLICY_DENIES: 'A Deny of the trust policy refuses Sluice’s call.',

  NO_EXTERNAL_ID_CONDITION:
    'The trust policy, or one statement of it, does not ask for an external id.',
  EXTERNAL_ID_OPTIONAL:
    'The trust policy compares the external id only if one is sent, as StringEqualsIfExists does.',
  ANY_EXTERNAL_ID_ACCEPTED: 'The trust policy asks for an external id and accepts any.',
  EXTERNAL_ID_WILDCARD: 'The trust policy compares the external id with a wildcard.',

  SESSION_POLICY_TOO_LARGE:
    'AWS does not take the session policy that keeps Sluice below the prefix.',
  BUCKET_MISSING: 'There is no bucket of this name.',
  BUCKET_IN_OTHER_REGION: 'The bucket is in another region than the output says.',
  BUCKET_REGION_HIDDEN:
    'The output names no region, and S3 does not tell the role where the bucket is.',
  BUCKET_OWNER_DIFFERS: 'The bucket belongs to another account than the output expects.',

  ROLE_LACKS_PERMISSION: 'No policy of the role allows it to write below the prefix.',
  ROLE_POLICY_DENIES: 'A Deny in the role’s own policies keeps it from writing.',
  PERMISSIONS_BOUNDARY_LIMITS: 'The role’s permissions boundary does not allow it to write.',
  BUCKET_POLICY_DENIES: 'A Deny in the bucket policy keeps the role from writing.',
  BUCKET_POLICY_LACKS_ROLE:
    'The bucket is another account’s, and its bucket policy does not let the role in.',
  SERVICE_CONTROL_POLICY_DENIES: 'A service control policy of the role’s organization denies it.',
  RESOURCE_CONTROL_POLICY_DENIES:
    'A resource control policy of the owner’s organization denies it.',
  VPC_ENDPOINT_POLICY_DENIES: 'The policy of a VPC endpoint denies it.',
  REQUESTER_PAYS: 'The bucket makes requesters pay, and Sluice pays for no customer’s requests.',
  ACL_REFUSED: 'The bucket takes no ACLs, and the output sends one.',
  OBJECT_LOCK_REFUSES: 'The bucket’s Object Lock settings refuse the write.',
  OBJECT_IN_THE_WAY: 'An object lies under the key that verification writes.',
  KEY_NOT_PERMITTED: 'The role may not use the KMS key that encrypts the bucket.',
  KEY_DISABLED: 'The KMS key is disabled, or waits for its deletion.',
  KEY_MISSING: 'There is no such KMS key in the bucket’s region.',
  BUCKET_SETTINGS_REFUSE: 'S3 refuses the request for a reason of the bucket’s own settings.',

  AWS_UNCLEAR: 'AWS throttled the call, had a fault or did not answer: nothing is known.',
} as const

export type CauseCode = keyof typeof causeMeanings

/** CERTAIN: AWS said so, or a harmless call showed it. */
export const likelihoods = ['CERTAIN', 'LIKELY', 'POSSIBLE'] as const
type Likelihood = (typeof likelihoods)[number]

export const policyKinds = [
  'TRUST_POLICY',
  'PERMISSIONS_POLICY',
  'BUCKET_POLICY',
  'KEY_POLICY',
] as const
export type PolicyKind = (typeof policyKinds)[number]

export interface Cause {
  readonly code: CauseCode
  readonly likelihood: Likelihood
  readonly message: string
  /** What to change, with real values. */
  readonly remedy: string
  /** The same for the AWS CLI. */
  readonly command?: string
  /** Corrected, to paste. */
  readonly policy?: { readonly kind: PolicyKind; readonly json: string }
}
