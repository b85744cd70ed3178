import type { FindingCode } from '../report.ts'
import type { Facts, SetUp } from './set-ups.ts'
import { type Condition, policy, put, trust } from './statements.ts'

/** Who may assume the role, and with which id. */
export function trustSetUps(facts: Facts): SetUp[] {
  const { principalArn, externalId, otherExternalId, sessionName } = facts
  const own = principalArn.split(':')[4]
  const permissionsPolicies = [policy(put(facts))]
  const trusting = (Condition?: Condition, more: object = {}) => ({
    permissionsPolicies,
    trustPolicy: policy(trust(facts, Condition, more)),
  })
  const equals = { StringEquals: { 'sts:ExternalId': externalId } }
  const failing = (name: string, code: FindingCode, Condition?: Condition): SetUp => {
    return { name, documents: trusting(Condition), verdict: 'FAILED', codes: [code] }
  }
  const onId = (operator: string, value: string | string[]) => {
    return { [operator]: { 'sts:ExternalId': value } }
  }
  return [
    failing('no condition', 'NO_EXTERNAL_ID'),
    failing('any id by StringLike', 'EXTERNAL_ID_WILDCARD', onId('StringLike', '*')),
    failing(
      'any id of our form by StringLike',
      'EXTERNAL_ID_WILDCARD',
      onId('StringLike', '????????-????-4???-????-*'),
    ),
    failing(
      'any id that begins right',
      'EXTERNAL_ID_WILDCARD',
      onId('StringLike', `${externalId.slice(0, -4)}*`),
    ),
    failing(
      'any id that ends right',
      'EXTERNAL_ID_WILDCARD',
      onId('StringLike', `*${externalId.slice(4)}`),
    ),
    failing(
      'the id if there is one',
      'EXTERNAL_ID_OPTIONAL',
      onId('StringEqualsIfExists', externalId),
    ),
    failing(
      'ForAllValues, which no id meets too',
      'EXTERNAL_ID_OPTIONAL',
      onId('ForAllValues:StringEquals', externalId),
    ),
    failing('some id by Null', 'EXTERNAL_ID_NOT_COMPARED', onId('Null', 'false')),
    failing('no id by Null', 'EXTERNAL_ID_NOT_COMPARED', onId('Null', 'true')),
    failing('every id but one', 'EXTERNAL_ID_NOT_COMPARED', onId('StringNotEquals', 'old')),
    failing('a condition on the session’s name alone', 'OTHER_CONDITION_KEY', {
      StringEquals: { 'sts:RoleSessionName': sessionName },
    }),
    failing('a condition on Sluice’s principal alone', 'OTHER_CONDITION_KEY', {
      ArnEquals: { 'aws:PrincipalArn': principalArn },
    }),
    failing(
      'the id of another output',
      'EXTERNAL_ID_OF_OTHER_OUTPUT',
      onId('StringEquals', otherExternalId),
    ),
    failing('an id that nobody knows', 'EXTERNAL_ID_DIFFERS', onId('StringEquals', 'secret')),
    failing(
      'the id in capitals',
      'EXTERNAL_ID_MISSPELT',
      onId('StringEquals', externalId.toUpperCase()),
    ),
    failing('the id with a space', 'EXTERNAL_ID_MISSPELT', onId('StringEquals', `${externalId} `)),
    failing('another session name', 'SESSION_NAME_DIFFERS', {
      StringEquals: { 'sts:ExternalId': externalId, 'sts:RoleSessionName': 'sluice' },
    }),
    failing('a second factor', 'CONDITION_UNMEETABLE', {
      ...equals,
      Null: { 'aws:SourceArn': 'false' },
    }),
    {
      ...failing('a second statement without the condition', 'NO_EXTERNAL_ID'),
      documents: {
        permissionsPolicies,
        trustPolicy: policy(trust(facts, equals), { ...trust(facts), Sid: 'Loose' }),
      },
      says: /Statement 2 \(Loose\) of the trust policy allows it/,
    },
    {
      ...failing('a deny beside the allow', 'TRUST_DENIES'),
      documents: {
        permissionsPolicies,
        trustPolicy: policy(trust(facts, equals), {
          ...trust(facts, { StringNotEquals: { 'sts:RoleSessionName': 'sluice' } }),
          Effect: 'Deny',
          Sid: 'Pinned',
        }),
      },
      says: /Statement 2 \(Pinned\) of the trust policy denies it, because StringNotEquals sts:RoleSessionName "sluice" holds/,
    },
    {
      ...failing('TagSession alone', 'ACTION_DIFFERS'),
      documents: trusting(equals, { Action: 'sts:TagSession' }),
    },
    {
      ...failing('a misspelt action', 'ACTION_DIFFERS'),
      documents: trusting(equals, { Action: 'sts:AssumesRole' }),
    },
    {
      ...failing('another account', 'PRINCIPAL_DIFFERS'),
      documents: trusting(equals, { Principal: { AWS: facts.customer } }),
    },
    {
      ...failing('an AWS service as principal', 'PRINCIPAL_DIFFERS'),
      documents: trusting(equals, { Principal: { Service: 'ec2.amazonaws.com' } }),
    },
    {
      ...failing('a user who was deleted', 'PRINCIPAL_DELETED'),
      documents: trusting(equals, { Principal: { AWS: 'AIDAJQABLZS4A3QDU576Q' } }),
      notOnLocalAws: 'nobody can name a deleted user',
    },
    {
      name: 'everyone with the id',
      documents: trusting(equals, { Principal: '*' }),
      verdict: 'PASSED',
      codes: ['PRINCIPAL_EVERYONE'],
    },
    {
      name: 'Sluice’s whole account',
      documents: trusting(equals, { Principal: { AWS: own } }),
      verdict: 'PASSED',
      codes: ['PRINCIPAL_WHOLE_ACCOUNT'],
    },
    {
      name: 'Sluice’s account, narrowed to the principal',
      documents: trusting(
        { ...equals, ArnEquals: { 'aws:PrincipalArn': principalArn } },
        { Principal: { AWS: `arn:aws:iam::${own}:root` } },
      ),
      verdict: 'PASSED',
    },
    {
      name: 'an id in any capitals',
      documents: trusting(onId('StringEqualsIgnoreCase', externalId)),
      verdict: 'PASSED',
      codes: ['EXTERNAL_ID_CASE_IGNORED'],
    },
    {
      name: 'two ids',
      documents: trusting(onId('StringEquals', [externalId, 'the-next'])),
      verdict: 'PASSED',
      codes: ['MORE_EXTERNAL_IDS'],
    },
    {
      name: 'only from an office',
      documents: trusting({ ...equals, IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }),
      verdict: 'UNDECIDED',
      codes: ['CONDITION_UNMEETABLE'],
      says: /hangs on what is known only when the request is made: IpAddress aws:SourceIp "192.0.2.0\/24"/,
    },
    { name: 'all as it should be', documents: trusting(equals), verdict: 'PASSED' },
  ]
}
