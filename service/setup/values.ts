import { parseArn } from '@sluice/iam'

/** Whom a role trusts, and what they must show. */
export interface TrustValues {
  /** Sluice's own user or role. */
  readonly principalArn: string
  /** One; or two while it is rotated, the present and the next. */
  readonly externalIds: readonly string[]
}

/** Where a role may write, and how. */
export interface PermissionValues {
  readonly roleArn: string
  readonly bucketName: string
  /** Ends in `/`; empty: the whole bucket. */
  readonly pathPrefix: string
  /** As AWS spells it. Absent: Sluice looks it up with the role. */
  readonly region: string | undefined
  /** Account id. Absent: the role's own account. */
  readonly expectedBucketOwner: string | undefined
  /** Absent: the bucket's own encryption. */
  readonly kmsKeyArn: string | undefined
  readonly bucketOwnerFullControl: boolean
}

/** All that the documents are written from. */
export interface SetupValues extends TrustValues, PermissionValues {
  readonly outputId: string
}

interface RoleNames {
  readonly partition: string
  readonly accountId: string
  /** `/`, or `/…/`. */
  readonly path: string
  readonly name: string
}

export function roleOf(roleArn: string): RoleNames {
  const arn = parseArn(roleArn)
  if (arn === undefined) throw new Error('An output’s role is no ARN.')
  const { partition, accountId, resource } = arn
  const [first, last] = [resource.indexOf('/'), resource.lastIndexOf('/')]
  return {
    partition,
    accountId,
    path: resource.slice(first, last + 1),
    name: resource.slice(last + 1),
  }
}

/** Below which the partition's services have their names. */
export function domainOf(partition: string): string {
  return partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
}

/** The account that the bucket must belong to. */
export function bucketOwnerOf({
  roleArn,
  expectedBucketOwner,
}: Pick<PermissionValues, 'roleArn' | 'expectedBucketOwner'>): string {
  return expectedBucketOwner ?? roleOf(roleArn).accountId
}

/** Whether the bucket is another account's than the role's. */
export function isBucketElsewhere(
  values: Pick<PermissionValues, 'roleArn' | 'expectedBucketOwner'>,
): boolean {
  return bucketOwnerOf(values) !== roleOf(values.roleArn).accountId
}

/** The KMS key, if it is another account's than the role's: its own policy must let the role in. */
export function keyElsewhere({
  roleArn,
  kmsKeyArn,
}: Pick<PermissionValues, 'roleArn' | 'kmsKeyArn'>):
  | { arn: string; accountId: string }
  | undefined {
  const accountId = kmsKeyArn === undefined ? undefined : parseArn(kmsKeyArn)?.accountId
  if (kmsKeyArn === undefined || accountId === undefined) return undefined
  return accountId === roleOf(roleArn).accountId ? undefined : { arn: kmsKeyArn, accountId }
}
