import { parseArn } from '@sluice/iam'
import type { Identities, ManagedPolicy } from './identities.ts'

/**
 * The policies that AWS itself manages and every account can attach, as AWS publishes them.
 * https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
const awsManagedPolicies = [
  awsManaged('AdministratorAccess', {
    id: 'ANPAIWMBCKSKIEE64ZLYK',
    created: '2015-02-06T18:39:46Z',
    description: 'Provides full access to AWS services and resources.',
    actions: ['*'],
  }),
  awsManaged('AmazonS3FullAccess', {
    id: 'ANPAIFIR6V6BVTRAHWINE',
    created: '2015-02-06T18:40:58Z',
    description: 'Provides full access to all buckets via the AWS Management Console.',
    actions: ['s3:*', 's3-object-lambda:*'],
  }),
  awsManaged('AmazonS3ReadOnlyAccess', {
    id: 'ANPAIZTJ4DXE7G6AGAE6M',
    created: '2015-02-06T18:40:59Z',
    description: 'Provides read only access to all buckets via the AWS Management Console.',
    actions: [
      's3:Get*',
      's3:List*',
      's3:Describe*',
      's3-object-lambda:Get*',
      's3-object-lambda:List*',
    ],
  }),
]

export function listAwsManagedPolicies(): readonly ManagedPolicy[] {
  return awsManagedPolicies
}

/** One of AWS's or of an account. */
export function findManagedPolicy(identities: Identities, arn: string): ManagedPolicy | undefined {
  const parsed = parseArn(arn)
  if (parsed?.accountId === 'aws') return awsManagedPolicies.find((it) => it.arn === arn)
  const account = identities.accounts.get(parsed?.accountId ?? '')
  return account && [...account.policies.values()].find((it) => it.arn === arn)
}

export function findManagedPolicyText(identities: Identities, arn: string): string | undefined {
  return findManagedPolicy(identities, arn)?.text
}

function awsManaged(
  name: string,
  policy: { id: string; created: string; description: string; actions: string[] },
): ManagedPolicy {
  const { id, created, description, actions } = policy
  const statement = { Effect: 'Allow', Action: actions, Resource: '*' }
  const text = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const arn = `arn:aws:iam::aws:policy/${name}`
  return { name, path: '/', id, arn, created, description, text, tags: [] }
}
