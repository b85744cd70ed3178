import type { PastedDocuments } from '../pasted.ts'
import type { Verdict } from '../report.ts'
import type { Facts, SetUp } from './set-ups.ts'
import { policy, put, trust } from './statements.ts'

/** Boundaries, policies of an organization, keys, and other accounts. */
export function limitSetUps(facts: Facts): SetUp[] {
  const { externalId, customer, kmsKeyArn } = facts
  const trustPolicy = policy(trust(facts, { StringEquals: { 'sts:ExternalId': externalId } }))
  const documents = { trustPolicy, permissionsPolicies: [policy(put(facts))] }
  const elsewhere = kmsKeyArn.replace(customer, '444444444444')
  const useKey = {
    Effect: 'Allow',
    Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
    Resource: kmsKeyArn,
  }
  const limited = (name: string, more: PastedDocuments, verdict: Verdict, says: RegExp): SetUp => {
    return { name, documents: { ...documents, ...more }, verdict, says }
  }
  const readOnly = { Effect: 'Allow', Action: 's3:Get*', Resource: '*' }
  const denyPut = { Sid: 'Region', Effect: 'Deny', Action: 's3:*', Resource: '*' }
  return [
    limited(
      'a boundary without PutObject',
      { boundary: policy(readOnly) },
      'FAILED',
      /No statement of the permissions boundary allows it/,
    ),
    limited(
      'a service control policy that denies',
      { serviceControlPolicies: [policy(denyPut)] },
      'FAILED',
      /Statement 1 \(Region\) of service control policy 1 denies it/,
    ),
    limited(
      'a service control policy that allows other services',
      { serviceControlPolicies: [policy({ Effect: 'Allow', Action: 'ec2:*', Resource: '*' })] },
      'FAILED',
      /No statement of the service control policies allows it/,
    ),
    limited(
      'a service control policy for one region',
      {
        serviceControlPolicies: [
          policy({
            ...denyPut,
            Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } },
          }),
        ],
      },
      'FAILED',
      /StringNotEquals aws:RequestedRegion "eu-west-1" holds/,
    ),
    limited(
      'a resource control policy for one’s own organization',
      {
        resourceControlPolicies: [
          policy({
            Effect: 'Deny',
            Principal: '*',
            Action: 'sts:AssumeRole',
            Resource: '*',
            Condition: { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': 'o-customer00' } },
          }),
        ],
      },
      'UNDECIDED',
      /aws:PrincipalOrgID/,
    ),
    limited(
      'a resource control policy that spares AWS’s own services only',
      {
        resourceControlPolicies: [
          policy({
            Effect: 'Deny',
            Principal: '*',
            Action: 'sts:AssumeRole',
            Resource: '*',
            Condition: { BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' } },
          }),
        ],
      },
      'FAILED',
      /of resource control policy 1 denies it, because BoolIfExists aws:PrincipalIsAWSService "false" holds/,
    ),
    limited(
      'a resource control policy that demands the id in the trust policy’s place',
      {
        resourceControlPolicies: [
          policy({
            Effect: 'Deny',
            Principal: '*',
            Action: 'sts:AssumeRole',
            Resource: '*',
            Condition: { StringNotEquals: { 'sts:ExternalId': externalId } },
          }),
        ],
      },
      'UNDECIDED',
      /denies it before the trust policy is looked at/,
    ),
    {
      name: 'a key without permission to use it',
      documents,
      target: { kmsKeyArn },
      verdict: 'FAILED',
      says: /not kms:GenerateDataKey/,
    },
    {
      name: 'a key that the role may use',
      documents: { trustPolicy, permissionsPolicies: [policy(put(facts), useKey)] },
      target: { kmsKeyArn },
      verdict: 'PASSED',
    },
    {
      name: 'a key whose policy names another role',
      documents: {
        trustPolicy,
        permissionsPolicies: [policy(put(facts), useKey)],
        kmsKeyPolicy: policy({
          Effect: 'Allow',
          Principal: { AWS: `${facts.roleArn}-2` },
          Action: 'kms:*',
          Resource: '*',
        }),
      },
      target: { kmsKeyArn },
      verdict: 'FAILED',
      says: /No statement of the key policy allows it/,
    },
    {
      name: 'a key of another account whose policy was not given',
      documents: {
        trustPolicy,
        permissionsPolicies: [policy(put(facts), { ...useKey, Resource: elsewhere })],
      },
      target: { kmsKeyArn: elsewhere },
      verdict: 'UNDECIDED',
      says: /the key policy may, and was not given/,
      notOnLocalAws: 'there is an answer, whatever was given',
    },
    {
      name: 'a bucket of another account whose policy was not given',
      documents,
      target: { expectedBucketOwner: '444444444444' },
      verdict: 'UNDECIDED',
      says: /the bucket policy may, and was not given/,
      notOnLocalAws: 'there is an answer, whatever was given',
    },
  ]
}
