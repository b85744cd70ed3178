import { type PolicyDocument, writePolicy } from '@sluice/iam'
import {
  permissionsCommand,
  type SetupValues,
  trustCommand,
  writeBucketPolicy,
  writeKeyPolicy,
  writePermissionsPolicy,
  writeTrustPolicy,
} from '#setup'
import { type Cause, type CauseCode, causeMeanings, type PolicyKind } from './causes.ts'
import type { Ranked } from './causes-of-role.ts'

/** What remedies are written with. */
export interface Parties extends SetupValues {
  readonly accountId: string
  readonly roleName: string
  readonly bucketOwner: string
  readonly sessionName: string
  /** Where S3 says that the bucket is. */
  readonly foundRegion: string | undefined
  readonly otherOutputId: string | undefined
  readonly objectKey: string
}

interface Remedy {
  remedy: string
  command?: string
  policy?: { kind: PolicyKind; document: PolicyDocument | undefined }
}

/** The causes as a report shows them: with what to change and the corrected policy. */
export function describeCauses(ranked: readonly Ranked[], parties: Parties): Cause[] {
  return ranked.map(([code, likelihood]) => {
    const { remedy, command, policy } = remedies[code](parties)
    return {
      code,
      likelihood,
      message: causeMeanings[code],
      remedy,
      ...(command !== undefined && { command }),
      ...(policy?.document && {
        policy: { kind: policy.kind, json: writePolicy(policy.document) },
      }),
    }
  })
}

const fromTrust = (text: (parties: Parties) => string) => (parties: Parties) => ({
  remedy: text(parties),
  command: trustCommand(parties),
  policy: { kind: 'TRUST_POLICY' as const, document: writeTrustPolicy(parties) },
})

const fromPermissions = (text: (parties: Parties) => string) => (parties: Parties) => ({
  remedy: text(parties),
  command: permissionsCommand(parties),
  policy: { kind: 'PERMISSIONS_POLICY' as const, document: writePermissionsPolicy(parties) },
})

const ours = () => ({
  remedy:
    'Nothing has to change in your AWS account: tell the operator of Sluice, who finds what to do in ' +
    'docs/aws-identity.md.',
})

const remedies: Record<CauseCode, (parties: Parties) => Remedy> = {
  OWN_IDENTITY_DIFFERS: ours,
  OWN_CREDENTIALS_REFUSED: ours,
  OWN_POLICY_DENIES: ours,

  ROLE_MISSING: ({ accountId, roleName, roleArn, outputId }) => ({
    remedy:
      `Look for it in the account ${accountId}: aws iam get-role --role-name ${roleName} --query ` +
      `Role.Arn must print ${roleArn}. If there is none: sluice outputs setup ${outputId} --format ` +
      'aws-cli prints a script that makes it.',
  }),
  ROLE_PATH_DIFFERS: ({ roleArn }) => ({
    remedy:
      `The output names ${roleArn}, and the role has no path. Create the output again with the ARN ` +
      'that IAM shows for the role.',
  }),
  EXTERNAL_ID_DIFFERS: fromTrust(
    ({ externalIds, roleName }) =>
      `See what it demands: aws iam get-role --role-name ${roleName}. It must be ` +
      `${externalIds.join(' or ')}, without a space or a line break around it.`,
  ),
  EXTERNAL_ID_OF_ANOTHER_OUTPUT: fromTrust(
    ({ otherOutputId, outputId, externalIds }) =>
      `It demands that of the output ${otherOutputId}. Export to that output, or let the role demand ` +
      `${externalIds[0]}, that of the output ${outputId}.`,
  ),
  EXTERNAL_ID_IN_CAPITALS: fromTrust(() => 'IAM compares letter by letter: save the id as it is.'),
  EXTERNAL_ID_EXCLUDED: fromTrust(() => 'Whoever sends another id is let in. Use StringEquals.'),
  PRINCIPAL_DIFFERS: fromTrust(({ principalArn }) => `It must trust ${principalArn}.`),
  PRINCIPAL_RECREATED: fromTrust(
    ({ roleName }) =>
      `If aws iam get-role --role-name ${roleName} shows a principal that begins with AIDA or AROA, ` +
      'save the trust policy again.',
  ),
  SESSION_NAME_PINNED: fromTrust(
    ({ sessionName }) =>
      `Where it has a condition on sts:RoleSessionName, that must be ${sessionName}.`,
  ),
  TRUST_CONDITION_UNMET: fromTrust(
    () =>
      'Sluice sends no MFA, no tags and no source identity, and its address may change: ask for the ' +
      'external id alone.',
  ),
  TRUST_POLICY_DENIES: fromTrust(
    ({ principalArn }) => `Remove the Deny, or make an exception of it for ${principalArn}.`,
  ),

  NO_EXTERNAL_ID_CONDITION: fromTrust(
    () =>
      'Each statement that lets Sluice in must demand the external id; one without it opens the role.',
  ),
  EXTERNAL_ID_OPTIONAL: fromTrust(() => 'Use StringEquals: whoever sends no id must be refused.'),
  ANY_EXTERNAL_ID_ACCEPTED: fromTrust(
    () => 'Use StringEquals with the one id, no wildcard and no Null.',
  ),
  EXTERNAL_ID_WILDCARD: fromTrust(
    () => 'Use StringEquals with the whole id: no StringLike, no * and no ?.',
  ),

  SESSION_POLICY_TOO_LARGE: ({ pathPrefix }) => ({
    remedy: `Create the output again with a shorter pathPrefix than ${pathPrefix}.`,
  }),
  BUCKET_MISSING: ({ bucketName, bucketOwner, region }) => ({
    remedy:
      `Create it in the account ${bucketOwner}: aws s3 mb s3://${bucketName}` +
      `${region === undefined ? '' : ` --region ${region}`}. Or create the output again with the ` +
      'right bucketName.',
  }),
  BUCKET_IN_OTHER_REGION: ({ bucketName, foundRegion, region }) => ({
    remedy:
      `${bucketName} is${foundRegion === undefined ? ' not' : ''} in ${foundRegion ?? region}. Create ` +
      'the output again with that cloudRegion, or without one: it is looked up.',
  }),
  BUCKET_REGION_HIDDEN: fromPermissions(
    () =>
      'Create the output again with its cloudRegion, or allow the role to look at the bucket with ' +
      's3:ListBucket.',
  ),
  BUCKET_OWNER_DIFFERS: ({ bucketName, bucketOwner }) => ({
    remedy:
      `Sluice expects the account ${bucketOwner} to own ${bucketName}. See with that account’s own ` +
      `credentials: aws s3api list-buckets --query "Buckets[?Name=='${bucketName}']". If another ` +
      'account owns it, create the output again with that account as expectedBucketOwner.',
  }),

  ROLE_LACKS_PERMISSION: fromPermissions(() => 'Give it what it needs, and no more.'),
  ROLE_POLICY_DENIES: ({ roleName, objectKey, bucketName }) => ({
    remedy:
      `Look for a Deny that covers s3:PutObject on arn:aws:s3:::${bucketName}/${objectKey}: aws iam ` +
      `list-role-policies --role-name ${roleName} and aws iam list-attached-role-policies --role-name ` +
      `${roleName}. sluice doctor names the statement.`,
  }),
  PERMISSIONS_BOUNDARY_LIMITS: ({ roleName, bucketName, pathPrefix, roleArn }) => ({
    remedy:
      `Let the boundary of ${roleArn} allow s3:PutObject on ${bucketName}/${pathPrefix}* too, or take ` +
      `it off: aws iam get-role --role-name ${roleName} --query Role.PermissionsBoundary shows it.`,
  }),
  BUCKET_POLICY_DENIES: ({ bucketName, roleArn }) => ({
    remedy:
      `aws s3api get-bucket-policy --bucket ${bucketName} shows it. Make an exception of ${roleArn} in ` +
      'the Deny: usual ones ask for TLS, for a header of encryption or for a VPC. sluice doctor ' +
      '--bucket-policy names the statement.',
  }),
  BUCKET_POLICY_LACKS_ROLE: (parties) => ({
    remedy:
      `In the account ${parties.bucketOwner}, add the statements to the bucket policy of ` +
      `${parties.bucketName}: aws s3api put-bucket-policy --bucket ${parties.bucketName} --policy ` +
      'file://bucket-policy.json',
    policy: { kind: 'BUCKET_POLICY', document: writeBucketPolicy(parties) },
  }),
  SERVICE_CONTROL_POLICY_DENIES: ({ accountId, roleArn, bucketName }) => ({
    remedy:
      `Whoever manages the AWS organization of ${accountId} must let ${roleArn} do s3:PutObject on ` +
      `${bucketName}; no policy in the account itself can.`,
  }),
  RESOURCE_CONTROL_POLICY_DENIES: ({ bucketOwner, principalArn, roleArn }) => ({
    remedy:
      `Whoever manages the AWS organization of ${bucketOwner} must make an exception in its resource ` +
      `control policies for ${principalArn} assuming ${roleArn}, and for what the role writes.`,
  }),
  VPC_ENDPOINT_POLICY_DENIES: ({ bucketName, roleArn }) => ({
    remedy:
      `The VPC endpoint that Sluice’s requests take must allow ${roleArn} to write to ${bucketName}: ` +
      'that is for the operator of Sluice to change.',
  }),
  REQUESTER_PAYS: ({ bucketName }) => ({
    remedy:
      'Let the owner pay: aws s3api put-bucket-request-payment --bucket ' +
      `${bucketName} --request-payment-configuration Payer=BucketOwner. Or use another bucket.`,
  }),
  ACL_REFUSED: () => ({
    remedy:
      'Create the output again without bucketOwnerFullControl: with ACLs disabled the bucket’s owner ' +
      'owns every object anyway.',
  }),
  OBJECT_LOCK_REFUSES: ({ bucketName }) => ({
    remedy:
      `See aws s3api get-object-lock-configuration --bucket ${bucketName}. Use a bucket without Object ` +
      'Lock, or without a default retention that refuses uploads.',
  }),
  OBJECT_IN_THE_WAY: ({ bucketName, objectKey }) => ({
    remedy: `Remove it: aws s3 rm ${quoted(`s3://${bucketName}/${objectKey}`)}.`,
  }),
  KEY_NOT_PERMITTED: (parties) => ({
    remedy:
      `Allow kms:GenerateDataKey and kms:Decrypt on ${keyOf(parties)} to ${parties.roleArn}, in its own ` +
      'policies and in the key’s policy. The region’s managed key aws/s3 cannot be used from another ' +
      'account.',
    policy:
      writeKeyPolicy(parties) === undefined
        ? { kind: 'PERMISSIONS_POLICY', document: keyPermissions(parties) }
        : { kind: 'KEY_POLICY', document: writeKeyPolicy(parties) },
  }),
  KEY_DISABLED: (parties) => ({
    remedy: `Enable it: aws kms enable-key --key-id ${keyOf(parties)}; one that waits for deletion: aws kms cancel-key-deletion first.`,
  }),
  KEY_MISSING: (parties) => ({
    remedy: `${keyOf(parties)} must be in the bucket’s region and the account that its ARN names: aws kms describe-key --key-id ${keyOf(parties)}.`,
  }),
  BUCKET_SETTINGS_REFUSE: ({ bucketName }) => ({
    remedy: `See what AWS’s code means for the bucket ${bucketName}, and change its settings.`,
  }),

  AWS_UNCLEAR: () => ({
    remedy:
      'Nothing has to change in your AWS account. Verify again in some minutes; if it stays so, see ' +
      'whether AWS reports a disturbance, and tell the operator of Sluice the request ids.',
  }),
}

function keyOf({ kmsKeyArn }: Parties): string {
  return kmsKeyArn ?? 'the key of the bucket’s default encryption'
}

/** Without an ARN the key is not known to us, so the statement is for the role to fill in. */
function keyPermissions(parties: Parties): PolicyDocument | undefined {
  return parties.kmsKeyArn === undefined ? undefined : writePermissionsPolicy(parties)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
