import { type AuthorizationRequest, evaluate } from '@sluice/iam'
import { roleOf } from '#setup'
import type { Case } from './questions.ts'
import type { Finding } from './report.ts'
import type { Names } from './words.ts'

/** Something that a role could do and an export never does. */
interface Excess {
  readonly what: string
  readonly action: string
  readonly resource: string
}

/**
 * What the role's own policies allow beyond an export: advice, never an error, since a session of Sluice's
 * is narrowed all the same. Asked of the policies, not read off their text.
 */
export function adviseLess(it: Case, names: Names): Finding[] {
  const { permissions = [] } = it.documents
  const identity = permissions.flatMap(({ document }) => document ?? [])
  const found = new Map<string, { finding: Finding; whats: string[] }>()
  for (const excess of listExcesses(it)) {
    const decision = evaluate(requestOf(it, excess), { identity })
    if (!decision.allowed) continue
    const { place, name } = names.find(decision.statement)
    const key = `${place?.member} ${place?.statement}`
    const known = found.get(key)
    if (known) known.whats.push(excess.what)
    else found.set(key, { finding: advice(place, name), whats: [excess.what] })
  }
  return [...found.values()].map(({ finding, whats }) => ({
    ...finding,
    message: `${finding.message} ${[...new Set(whats)].join(', ')}.`,
  }))
}

function advice(place: Finding['place'], name: string): Finding {
  return {
    code: 'MORE_THAN_NEEDED',
    severity: 'ADVICE',
    place,
    message:
      `Statement ${place?.statement} of ${name} gives more than an export needs. Sluice’s sessions are ` +
      'narrowed to the output’s prefix and cannot use it; others who may assume the role can:',
    remedy: 'Give the role the permissions in corrected.permissionsPolicy and no others.',
  }
}

function listExcesses({ target }: Case): Excess[] {
  const { partition, accountId } = roleOf(target.roleArn)
  const bucket = `arn:${partition}:s3:::${target.bucketName}`
  const inside = `${bucket}/${target.pathPrefix}a-file-of-yours.csv`
  const elsewhere = `arn:${partition}:s3:::another-bucket-of-yours`
  const other = (service: string) => `arn:${partition}:${service}:us-east-1:${accountId}`
  return [
    excess('read the files', 's3:GetObject', inside),
    excess('delete the files', 's3:DeleteObject', inside),
    ...(target.pathPrefix === ''
      ? []
      : [excess('write outside the prefix', 's3:PutObject', `${bucket}/a-file-of-yours.csv`)]),
    excess('change the bucket’s policy', 's3:PutBucketPolicy', bucket),
    excess('delete the bucket', 's3:DeleteBucket', bucket),
    excess('write into other buckets', 's3:PutObject', `${elsewhere}/a-file-of-yours.csv`),
    excess('read other buckets', 's3:GetObject', `${elsewhere}/a-file-of-yours.csv`),
    excess('list all buckets', 's3:ListAllMyBuckets', '*'),
    excess('change IAM', 'iam:PutRolePolicy', `arn:${partition}:iam::${accountId}:role/another`),
    excess('pass roles on', 'iam:PassRole', `arn:${partition}:iam::${accountId}:role/another`),
    excess(
      'assume other roles',
      'sts:AssumeRole',
      `arn:${partition}:iam::${accountId}:role/another`,
    ),
    excess('decrypt without S3', 'kms:Decrypt', `${other('kms')}:key/another`),
    excess('start machines', 'ec2:RunInstances', `${other('ec2')}:instance/*`),
    excess('read secrets', 'secretsmanager:GetSecretValue', `${other('secretsmanager')}:secret:a`),
  ]
}

const excess = (what: string, action: string, resource: string): Excess => ({
  what: `${what} (${action})`,
  action,
  resource,
})

function requestOf({ target }: Case, { action, resource }: Excess): AuthorizationRequest {
  const { partition, accountId, name } = roleOf(target.roleArn)
  return {
    principal: {
      accountId,
      arn: `arn:${partition}:sts::${accountId}:assumed-role/${name}/somebody`,
      roleArn: target.roleArn,
    },
    action,
    resource,
    resourceAccountId: accountId,
    context: { 'aws:SecureTransport': 'true' },
  }
}
