import { bucketArn, objectsArn, parseArn } from '@sluice/iam'
import { type BucketTarget, domainOf, ownerOf, roleOf, sendsAcl } from '#delivery'
import type { Corrected, Policy } from './report.ts'

type Written = { Effect: 'Allow'; Action: string[]; Resource: string[]; Condition?: object }

/** The documents as they should be, complete; a policy of a bucket or key only where one is needed. */
export function writeCorrected(target: BucketTarget, principalArn: string): Corrected {
  const { accountId } = roleOf(target.roleArn)
  const keyAccountId = target.kmsKeyArn && parseArn(target.kmsKeyArn)?.accountId
  const Principal = { AWS: [target.roleArn] }
  const objects = objectStatements(target)
  const keys = keyStatements(target)
  return {
    trustPolicy: document([
      {
        Effect: 'Allow',
        Principal: { AWS: [principalArn] },
        Action: ['sts:AssumeRole'],
        Condition: { StringEquals: { 'sts:ExternalId': [target.externalId] } },
      },
    ]),
    permissionsPolicy: document([...objects, ...keys]),
    ...(ownerOf(target) !== accountId && {
      bucketPolicy: document(objects.map((it) => ({ Principal, ...it }))),
    }),
    ...(keyAccountId &&
      keyAccountId !== accountId && {
        kmsKeyPolicy: document(keys.map((it) => ({ Principal, ...it, Resource: ['*'] }))),
      }),
  }
}

function objectStatements(target: BucketTarget): Written[] {
  const { partition } = roleOf(target.roleArn)
  const { bucketName, pathPrefix, region } = target
  const actions = ['s3:PutObject', 's3:AbortMultipartUpload']
  if (sendsAcl(target)) actions.push('s3:PutObjectAcl')
  const below = [objectsArn(partition, bucketName, pathPrefix)]
  const find: Written = {
    Effect: 'Allow',
    Action: ['s3:ListBucket', 's3:GetBucketLocation'],
    Resource: [bucketArn(partition, bucketName)],
  }
  return [
    { Effect: 'Allow', Action: actions, Resource: below },
    ...(region === undefined ? [find] : []),
  ]
}

function keyStatements({ kmsKeyArn, roleArn }: BucketTarget): Written[] {
  if (kmsKeyArn === undefined) return []
  const service = `s3.${parseArn(kmsKeyArn)?.region}.${domainOf(roleOf(roleArn).partition)}`
  return [
    {
      Effect: 'Allow',
      Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
      Resource: [kmsKeyArn],
      Condition: { StringEquals: { 'kms:ViaService': [service] } },
    },
  ]
}

function document(Statement: object[]): Policy {
  return { Version: '2012-10-17', Statement }
}
