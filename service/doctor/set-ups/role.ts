import type { PastedDocuments } from '../pasted.ts'
import type { Facts, SetUp } from './set-ups.ts'
import { policy, put, trust } from './statements.ts'

/** What the role may do in the bucket. */
export function roleSetUps(facts: Facts): SetUp[] {
  const { bucketName, externalId, roleArn } = facts
  const trustPolicy = policy(trust(facts, { StringEquals: { 'sts:ExternalId': externalId } }))
  const objects = `arn:aws:s3:::${bucketName}/*`
  const withRole = (statements: object[], more: PastedDocuments = {}): PastedDocuments => {
    return { trustPolicy, permissionsPolicies: [policy(...statements)], ...more }
  }
  const denyUnless = (Condition: object) => ({
    bucketPolicy: policy({
      Sid: 'DenyUnless',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: objects,
      Condition,
    }),
  })
  const failing = (name: string, documents: PastedDocuments, says: RegExp): SetUp => {
    return { name, documents, verdict: 'FAILED', says }
  }
  return [
    failing(
      'no permission at all',
      { trustPolicy, permissionsPolicies: [] },
      /permissions policies allow nothing/,
    ),
    failing(
      'reading in place of writing',
      withRole([{ ...put(facts), Action: 's3:GetObject' }]),
      /its Action is "s3:GetObject", not s3:PutObject/,
    ),
    failing(
      'the bucket in place of its objects',
      withRole([{ ...put(facts), Resource: `arn:aws:s3:::${bucketName}` }]),
      /its Resource is "arn:aws:s3:::[^"]*", and does not cover/,
    ),
    failing(
      'another prefix',
      withRole([{ ...put(facts), Resource: `arn:aws:s3:::${bucketName}/other/*` }]),
      /does not cover arn:aws:s3:::[^ ]*\/sluice\//,
    ),
    failing(
      'files, and not the manifest',
      withRole([{ ...put(facts), Resource: [`${objects}.csv`, `${objects}.parquet`] }]),
      /manifest-/,
    ),
    failing(
      'a deny in a second policy',
      {
        trustPolicy,
        permissionsPolicies: [
          policy(put(facts)),
          policy({ Sid: 'ReadOnly', Effect: 'Deny', Action: 's3:Put*', Resource: '*' }),
        ],
      },
      /Statement 1 \(ReadOnly\) of permissions policy 2 denies it/,
    ),
    failing(
      'a bucket policy that demands an encryption header',
      withRole(
        [put(facts)],
        denyUnless({ StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } }),
      ),
      /Statement 1 \(DenyUnless\) of the bucket policy denies it, because StringNotEquals/,
    ),
    failing(
      'a bucket policy that demands an ACL',
      withRole(
        [put(facts)],
        denyUnless({ StringNotEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } }),
      ),
      /the bucket policy denies it/,
    ),
    failing(
      'a bucket policy for other roles only',
      withRole([put(facts)], denyUnless({ ArnNotEquals: { 'aws:PrincipalArn': `${roleArn}-2` } })),
      /ArnNotEquals aws:PrincipalArn/,
    ),
    {
      name: 'a bucket policy for one network',
      documents: withRole(
        [put(facts)],
        denyUnless({ NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }),
      ),
      verdict: 'UNDECIDED',
      says: /hangs on what is known only/,
    },
    {
      name: 'a bucket policy that demands TLS',
      documents: withRole([put(facts)], denyUnless({ Bool: { 'aws:SecureTransport': 'false' } })),
      verdict: 'PASSED',
      notOnLocalAws: 'it speaks no TLS',
    },
    {
      name: 'a bucket policy that gives to the role',
      documents: {
        trustPolicy,
        permissionsPolicies: [],
        bucketPolicy: policy({
          Effect: 'Allow',
          Principal: { AWS: roleArn },
          Action: 's3:PutObject',
          Resource: objects,
        }),
      },
      verdict: 'PASSED',
    },
    {
      name: 'everything allowed',
      documents: withRole([{ Effect: 'Allow', Action: '*', Resource: '*' }]),
      verdict: 'PASSED',
      codes: ['MORE_THAN_NEEDED'],
      says: /delete the files \(s3:DeleteObject\).*change IAM \(iam:PutRolePolicy\)/,
    },
    {
      name: 'nothing but the trust policy',
      documents: { trustPolicy },
      verdict: 'UNDECIDED',
    },
    {
      name: 'nothing but the permissions',
      documents: { permissionsPolicies: [policy(put(facts))] },
      verdict: 'UNDECIDED',
    },
  ]
}
