import type { Facts, SetUp } from './set-ups.ts'
import { policy, put, trust } from './statements.ts'

/** As the AWS CLI prints it, and as it cannot be. */
export function pastedSetUps(facts: Facts): SetUp[] {
  const { externalId, roleArn } = facts
  const right = policy(trust(facts, { StringEquals: { 'sts:ExternalId': externalId } }))
  const permissionsPolicies = [policy(put(facts))]
  const broken = (name: string, trustPolicy: string | object, says: RegExp): SetUp => {
    return { name, documents: { permissionsPolicies, trustPolicy }, verdict: 'FAILED', says }
  }
  const statement = trust(facts)
  return [
    broken('broken JSON', '{ "Version": "2012-10-17", "Statement": [', /Syntax errors in policy/),
    broken('NotPrincipal', policy(notPrincipal(statement)), /prohibited field NotPrincipal/),
    broken(
      'a Resource in a trust policy',
      policy({ ...statement, Resource: '*' }),
      /prohibited field Resource/,
    ),
    broken(
      'an operator that does not exist, in the second statement',
      policy(statement, {
        ...statement,
        Sid: 'Second',
        Condition: { StringIs: { 'sts:ExternalId': 'x' } },
      }),
      /^Statement 2 \(Second\): Invalid Condition type : StringIs/,
    ),
    broken('a condition given twice', twice(statement), /"Condition" is given twice/),
    {
      ...broken('a list of names', { AttachedPolicies: [] }, /without their text/),
      notOnLocalAws: 'it is no policy',
    },
    {
      name: 'what get-role and get-role-policy print',
      documents: {
        trustPolicy: JSON.stringify({ Role: { Arn: roleArn, AssumeRolePolicyDocument: right } }),
        permissionsPolicies: [{ PolicyName: 'p', PolicyDocument: policy(put(facts)) }],
      },
      verdict: 'PASSED',
      notOnLocalAws: 'the documents are wrapped',
    },
    {
      name: 'what the API answers, URL-encoded',
      documents: {
        trustPolicy: encodeURIComponent(JSON.stringify(right)),
        permissionsPolicies: [
          { PolicyVersion: { Document: encodeURIComponent(JSON.stringify(policy(put(facts)))) } },
        ],
      },
      verdict: 'PASSED',
      notOnLocalAws: 'the documents are wrapped',
    },
    {
      name: 'another role’s trust policy',
      documents: {
        permissionsPolicies,
        trustPolicy: { Role: { Arn: `${roleArn}-2`, AssumeRolePolicyDocument: right } },
      },
      verdict: 'PASSED',
      codes: ['ROLE_DIFFERS'],
      notOnLocalAws: 'the documents are wrapped',
    },
    {
      name: 'a boundary that was not given',
      documents: {
        permissionsPolicies,
        trustPolicy: {
          Role: {
            Arn: roleArn,
            AssumeRolePolicyDocument: right,
            PermissionsBoundary: {
              PermissionsBoundaryArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
            },
          },
        },
      },
      verdict: 'PASSED',
      codes: ['BOUNDARY_NOT_GIVEN'],
      notOnLocalAws: 'the documents are wrapped',
    },
  ]
}

function notPrincipal({ Principal: spared, ...rest }: ReturnType<typeof trust>) {
  return { ...rest, NotPrincipal: spared }
}

/** Of two members of one name a JSON parser keeps the last, and nobody sees the first. */
function twice(statement: object): string {
  const text = JSON.stringify(policy(statement))
  return text.replace(
    '"Effect"',
    '"Condition":{"Bool":{"aws:SecureTransport":"true"}},"Condition":{},"Effect"',
  )
}
