import { bucketArn, objectsArn, type PolicyDocument, parseArn, type Statement } from '@sluice/iam'
import {
  bucketOwnerOf,
  domainOf,
  isBucketElsewhere,
  keyElsewhere,
  type PermissionValues,
  roleOf,
} from './values.ts'

/** One statement of a role's permissions, and what it is for. */
export interface Permission {
  readonly statement: Statement & { Sid: string; Action: string[]; Resource: string[] }
  /** Exports fail without it. */
  readonly isNeeded: boolean
  readonly reason: string
}

/** All that an export through this role can use, the needed first. */
export function listPermissions(values: PermissionValues): Permission[] {
  return [...objectPermissions(values), ...regionPermissions(values), ...keyPermissions(values)]
}

/** What to give the role. */
export function writePermissionsPolicy(values: PermissionValues): PolicyDocument {
  return documentOf(listPermissions(values).map(({ statement }) => statement))
}

/** What the bucket's own policy must say too; undefined when the role's account owns the bucket. */
export function writeBucketPolicy(values: PermissionValues): PolicyDocument | undefined {
  if (!isBucketElsewhere(values)) return undefined
  const Principal = { AWS: [values.roleArn] }
  const permissions = [...objectPermissions(values), ...regionPermissions(values)]
  return documentOf(
    permissions.map(({ statement }) => {
      const { Sid, Effect, ...rest } = statement
      return { Sid: `Sluice${Sid}`, Effect, Principal, ...rest }
    }),
  )
}

/** What the KMS key's own policy must say too; undefined when the key is of the role's account. */
export function writeKeyPolicy(values: PermissionValues): PolicyDocument | undefined {
  const [permission] = keyPermissions(values)
  if (keyElsewhere(values) === undefined || permission === undefined) return undefined
  const { Effect, Action, Condition } = permission.statement
  const Principal = { AWS: [values.roleArn] }
  // In a key's policy `*` is the key itself.
  const statement = { Effect, Principal, Action, Resource: ['*'], ...(Condition && { Condition }) }
  return documentOf([{ Sid: 'SluiceUseKey', ...statement }])
}

function objectPermissions(values: PermissionValues): Permission[] {
  const { partition } = roleOf(values.roleArn)
  const objects = [objectsArn(partition, values.bucketName, values.pathPrefix)]
  const needed = permissionOf('PutObjects', ['s3:PutObject'], objects, {
    isNeeded: true,
    reason: 'Writes the files and the manifest. This alone is enough for an export.',
  })
  const abort = permissionOf('AbortUploads', ['s3:AbortMultipartUpload'], objects, {
    isNeeded: false,
    reason:
      'Removes the parts of an upload that was broken off. Without it they stay, and cost, until a ' +
      'lifecycle rule of the bucket (AbortIncompleteMultipartUpload) removes them.',
  })
  if (!values.bucketOwnerFullControl || !isBucketElsewhere(values)) return [needed, abort]
  const acl = permissionOf('GiveToOwner', ['s3:PutObjectAcl'], objects, {
    isNeeded: true,
    reason:
      'The output sends the ACL bucket-owner-full-control, so that the files belong to the bucket’s ' +
      `account ${bucketOwnerOf(values)}.`,
  })
  return [needed, abort, acl]
}

function regionPermissions(values: PermissionValues): Permission[] {
  if (values.region !== undefined) return []
  const { partition } = roleOf(values.roleArn)
  const bucket = [bucketArn(partition, values.bucketName)]
  return [
    permissionOf('FindRegion', ['s3:ListBucket', 's3:GetBucketLocation'], bucket, {
      isNeeded: false,
      reason:
        'The output names no region, so Sluice asks S3 for it; most refusals tell it as well. With ' +
        'cloudRegion on the output this statement goes.',
    }),
  ]
}

/** Through S3 alone. The key lies in the bucket's region, since S3 uses no other. */
function keyPermissions({ roleArn, kmsKeyArn }: PermissionValues): Permission[] {
  if (kmsKeyArn === undefined) return []
  const { partition } = roleOf(roleArn)
  const viaService = [`s3.${parseArn(kmsKeyArn)?.region}.${domainOf(partition)}`]
  const permission = permissionOf('UseKey', ['kms:GenerateDataKey', 'kms:Decrypt'], [kmsKeyArn], {
    isNeeded: true,
    reason:
      'The output encrypts with this KMS key: GenerateDataKey for each object, Decrypt to join the parts ' +
      'of a large one. Only when S3 asks for it.',
  })
  const Condition = { StringEquals: { 'kms:ViaService': viaService } }
  return [{ ...permission, statement: { ...permission.statement, Condition } }]
}

function permissionOf(
  Sid: string,
  Action: string[],
  Resource: string[],
  about: Pick<Permission, 'isNeeded' | 'reason'>,
): Permission {
  return { ...about, statement: { Sid, Effect: 'Allow', Action, Resource } }
}

function documentOf(statements: Statement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements }
}
