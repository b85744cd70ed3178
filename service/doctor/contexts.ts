import { parseArn } from '@sluice/iam'
import { type BucketTarget, sendsAcl } from '#delivery'
import { bucketOwnerOf, domainOf, roleOf } from '#setup'

/** What no document tells: the network, the time, tags, and which organization an account belongs to. */
const unknownAnywhere = [
  ...['aws:SourceIp', 'aws:VpcSourceIp', 'aws:SourceVpc', 'aws:SourceVpcArn', 'aws:SourceVpce'],
  ...['aws:SourceVpceAccount', 'aws:SourceVpceOrgID', 'aws:SourceVpceOrgPaths', 'aws:UserAgent'],
  ...['aws:CurrentTime', 'aws:EpochTime', 'aws:TokenIssueTime', 'aws:RequestedRegion'],
  ...['aws:PrincipalOrgID', 'aws:PrincipalOrgPaths', 'aws:PrincipalTag/'],
  ...['aws:ResourceOrgID', 'aws:ResourceOrgPaths', 'aws:ResourceTag/', 'aws:SourceIdentity'],
]

/** Of AssumeRole. AWS lists the duration for other calls, and does not say that this one lacks it. */
export const unknownOfSts = [
  ...unknownAnywhere,
  ...['iam:ResourceTag/', 'sts:DurationSeconds', 'aws:userid', 'aws:MultiFactorAuthPresent'],
]

export function unknownOfSession(isRoleKnown: boolean): string[] {
  return [
    ...unknownAnywhere,
    ...(isRoleKnown ? [] : ['aws:userid']),
    ...['s3:BucketTag/', 's3:signatureAge', 's3:x-amz-content-sha256', 's3:if-none-match'],
    ...['aws:CalledVia', 'aws:CalledViaFirst', 'aws:CalledViaLast', 'aws:ViaAWSService'],
    ...['kms:EncryptionContext:aws:s3:arn', 'kms:ResourceAliases', 'kms:KeyOrigin', 'kms:KeySpec'],
    ...['kms:KeyUsage', 'kms:MultiRegion', 'kms:MultiRegionKeyType', 'kms:EncryptionAlgorithm'],
  ]
}

/** Keys that every request of ours carries. */
export const ofEveryRequest = {
  'aws:SecureTransport': 'true',
  'aws:PrincipalIsAWSService': 'false',
}

/** Nobody was asked for a second factor. */
const ofSession = { ...ofEveryRequest, 'aws:MultiFactorAuthPresent': 'false' }

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html */
export function s3Context(target: BucketTarget, action: string): Record<string, string> {
  const { kmsKeyArn, region } = target
  const isPut = action === 's3:PutObject' || action === 's3:PutObjectAcl'
  return {
    ...ofSession,
    'aws:ViaAWSService': 'false',
    's3:authType': 'REST-HEADER',
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    's3:TlsVersion': '1.3',
    's3:ResourceAccount': bucketOwnerOf(target),
    ...(region !== undefined && { 'aws:RequestedRegion': region }),
    ...(isPut && sendsAcl(target) && { 's3:x-amz-acl': 'bucket-owner-full-control' }),
    ...(isPut &&
      kmsKeyArn !== undefined && {
        's3:x-amz-server-side-encryption': 'aws:kms',
        's3:x-amz-server-side-encryption-aws-kms-key-id': kmsKeyArn,
      }),
  }
}

/** S3 asks KMS in the session's name. The bucket's region is the key's. */
export function keyContext(
  { roleArn }: BucketTarget,
  keyArn: string,
): Record<string, string | string[]> {
  const { accountId, partition } = roleOf(roleArn)
  return {
    ...ofSession,
    'kms:ViaService': `s3.${parseArn(keyArn)?.region}.${domainOf(partition)}`,
    'kms:CallerAccount': accountId,
    'kms:EncryptionContextKeys': ['aws:s3:arn'],
  }
}
