import {
  bucketArn,
  escapeForResource,
  objectsArn,
  SESSION_POLICY_CHARACTERS_MAX,
  sizeOfSessionPolicy,
  writePolicy,
} from '@sluice/iam'
import { domainOf, isBucketElsewhere, roleOf } from '#setup'
import type { BucketTarget } from './target.ts'

type Statement = Parameters<typeof writePolicy>[0]['Statement'][number]

/** What decides a session's policy. */
type PolicyTarget = Omit<BucketTarget, 'outputId' | 'externalId' | 'otherExternalId'>
export const sessionPolicySizeMax = SESSION_POLICY_CHARACTERS_MAX

/** A session opened by mistake can do nothing, whatever its role may do. */
export const denyAllPolicy = writeStatements([{ Effect: 'Deny', Action: ['*'], Resource: ['*'] }])

const bucketActions = ['s3:ListBucket', 's3:GetBucketLocation']
const keyActions = ['kms:GenerateDataKey', 'kms:Decrypt']

/**
 * What a working session may do: write below the prefix, find the bucket's region, and let S3 use a KMS
 * key. The denials say the same once more, since a bucket or key policy that names the session would be
 * stronger than a mere lack of permission.
 */
export function writeSessionPolicy(target: PolicyTarget): string {
  const { partition } = roleOf(target.roleArn)
  const bucket = [bucketArn(partition, target.bucketName)]
  const objects = [objectsArn(partition, target.bucketName, target.pathPrefix)]
  const objectActions = ['s3:PutObject', 's3:AbortMultipartUpload']
  if (sendsAcl(target)) objectActions.push('s3:PutObjectAcl')
  const viaService = { 'kms:ViaService': [viaServiceOf(partition, target.region)] }
  const keys = [target.kmsKeyArn ?? '*']
  return writeStatements([
    { Effect: 'Allow', Action: objectActions, Resource: objects },
    { Effect: 'Allow', Action: bucketActions, Resource: bucket },
    {
      Effect: 'Allow',
      Action: keyActions,
      Resource: keys,
      Condition: { StringLike: viaService },
    },
    {
      Effect: 'Deny',
      NotAction: [...objectActions, ...bucketActions, ...keyActions],
      Resource: ['*'],
    },
    denyElsewhere(objectActions, objects),
    denyElsewhere(bucketActions, bucket),
    {
      Effect: 'Deny',
      Action: keyActions,
      Resource: ['*'],
      Condition: { StringNotLike: viaService },
    },
    ...(target.kmsKeyArn === undefined ? [] : [denyElsewhere(keyActions, keys)]),
  ])
}

/** What a session may do that removes one object which verification has put: that, and nothing else. */
export function writeRemovalPolicy(target: PolicyTarget, objectKey: string): string {
  const { partition } = roleOf(target.roleArn)
  const actions = ['s3:DeleteObject']
  const object = [`${bucketArn(partition, target.bucketName)}/${escapeForResource(objectKey)}`]
  return writeStatements([
    { Effect: 'Allow', Action: actions, Resource: object },
    { Effect: 'Deny', NotAction: actions, Resource: ['*'] },
    denyElsewhere(actions, object),
  ])
}

function denyElsewhere(actions: string[], resources: string[]): Statement {
  return { Effect: 'Deny', Action: actions, NotResource: resources }
}

/** In characters as STS counts them. */
export function sessionPolicySize(target: PolicyTarget): number {
  return sizeOfSessionPolicy(writeSessionPolicy(target))
}

/** The ACL is for the owner of a bucket that is not the role's account, and only if it is wanted. */
export function sendsAcl(
  target: Pick<PolicyTarget, 'roleArn' | 'expectedBucketOwner' | 'bucketOwnerFullControl'>,
): boolean {
  return target.bucketOwnerFullControl && isBucketElsewhere(target)
}

function viaServiceOf(partition: string, region: string | undefined): string {
  return `s3.${region ?? '*'}.${domainOf(partition)}`
}

function writeStatements(statements: Statement[]): string {
  return writePolicy({ Version: '2012-10-17', Statement: statements })
}
