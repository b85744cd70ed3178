/**
 * The condition keys we know of: AWS's global keys and those of the services Sluice meets. A key
 * that is neither here nor in the request is a mistake or a service we know nothing of, and
 * refuses.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
const keys: Record<string, string> = {
  aws: `CalledVia CalledViaFirst CalledViaLast ChatbotSourceArn CurrentTime
    Ec2InstanceSourcePrivateIPv4 Ec2InstanceSourceVpc EpochTime FederatedProvider
    MultiFactorAuthAge MultiFactorAuthPresent PrincipalAccount PrincipalArn
    PrincipalIsAWSService PrincipalOrgID PrincipalOrgPaths PrincipalServiceName
    PrincipalServiceNamesList PrincipalType Referer RequestedRegion ResourceAccount
    ResourceOrgID ResourceOrgPaths SecureTransport SourceAccount SourceArn SourceIdentity
    SourceIp SourceOrgID SourceOrgPaths SourceVpc SourceVpcArn SourceVpce SourceVpceAccount
    SourceVpceOrgID SourceVpceOrgPaths TagKeys TokenIssueTime UserAgent userid username
    ViaAWSService VpcSourceIp AssumedRoot`,
  s3: `AccessGrantsInstanceArn AccessPointNetworkOrigin authType DataAccessPointAccount
    DataAccessPointArn DataAccessPointPrefix delimiter if-match if-none-match
    InventoryAccessibleOptionalFields JobSuspendedCause locationconstraint max-keys
    object-lock-legal-hold object-lock-mode object-lock-remaining-retention-days
    object-lock-retain-until-date ObjectCreationOperation prefix RequestJobOperation
    RequestJobPriority RequestObjectTagKeys ResourceAccount signatureAge signatureversion
    TlsVersion VersionId x-amz-acl x-amz-content-sha256 x-amz-copy-source
    x-amz-grant-full-control x-amz-grant-read x-amz-grant-read-acp x-amz-grant-write
    x-amz-grant-write-acp x-amz-metadata-directive x-amz-object-ownership
    x-amz-server-side-encryption x-amz-server-side-encryption-aws-kms-key-id
    x-amz-server-side-encryption-customer-algorithm x-amz-storage-class
    x-amz-website-redirect-location`,
  sts: `AWSServiceName DurationSeconds ExternalId RequestContextProviders RoleSessionName
    SourceIdentity TaskPolicyArn TransitiveTagKeys`,
  kms: `BypassPolicyLockoutSafetyCheck CallerAccount EncryptionAlgorithm EncryptionContextKeys
    GrantConstraintType GrantIsForAWSResource GrantOperations GranteePrincipal KeyOrigin
    KeySpec KeyUsage MultiRegion MultiRegionKeyType RequestAlias ResourceAliases
    RetiringPrincipal ViaService`,
  iam: `AssociatedResourceArn AWSServiceName PassedToService PermissionsBoundary PolicyARN
    ServiceSpecificCredentialAgeDays ServiceSpecificCredentialServiceName`,
}

/** Keys whose names go on after a separator: a tag's key, an entry of an encryption context. */
const families = [
  'aws:principaltag/',
  'aws:requesttag/',
  'aws:resourcetag/',
  'iam:resourcetag/',
  'kms:encryptioncontext:',
  's3:accesspointtag/',
  's3:buckettag/',
  's3:existingobjecttag/',
  's3:requestobjecttag/',
  'sts:requestcontext/',
]

const known = new Set(
  Object.entries(keys).flatMap(([service, names]) =>
    names.split(/\s+/).map((name) => `${service}:${name}`.toLowerCase()),
  ),
)

export function isKnownKey(key: string): boolean {
  const lower = key.toLowerCase()
  return known.has(lower) || families.some((it) => lower.startsWith(it) && lower !== it)
}
