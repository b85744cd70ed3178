import {
  type AssumeRolePolicies,
  type AuthorizationRequest,
  type Policies,
  type PolicyDocument,
  type PolicyType,
  parseArn,
  parsePolicy,
} from '@sluice/iam'
import {
  type BucketTarget,
  ownerOf,
  rightProbe,
  roleOf,
  sendsAcl,
  sessionNameOf,
  writeSessionPolicy,
  wrongProbes,
} from '#delivery'
import { keyContext, s3Context, unknownOfSession, unknownOfSts } from './contexts.ts'
import type { ReadDocument, ReadDocuments } from './pasted.ts'

/** Whose policies, and whom they are to let in. */
export interface Case {
  readonly target: BucketTarget
  readonly principalArn: string
  readonly documents: ReadDocuments
  /** Makes ids for the probes that nobody was ever given. */
  readonly make: { ownForm(): string; random(): string }
}

/** One call that an export makes. */
export interface Question {
  readonly asked: string
  readonly expected: 'ALLOWED' | 'DENIED'
  readonly isRequired: boolean
  readonly request: AuthorizationRequest
  readonly policies: Policies | AssumeRolePolicies
  /** Kinds of policy that could decide and were not given. */
  readonly notGiven: PolicyType[]
  /** What follows when the answer is another than expected. */
  readonly otherwise: string
}

/** What Sluice's own principal may do; the operator has to see to it. */
export const ownPolicy: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: ['*'] }],
}

/** AWS gives keys this policy unless they are given another. */
export function defaultKeyPolicy(accountId: string, partition: string): PolicyDocument {
  const AWS = [`arn:${partition}:iam::${accountId}:root`]
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: ['kms:*'], Resource: ['*'] }],
  }
}

/** A document that cannot be read may say anything. */
function notGivenOf(documents: ReadDocument[] | undefined): PolicyType[] {
  const isWhole = documents?.every(({ document }) => document !== undefined) ?? false
  return isWhole ? [] : ['identity']
}

const everything: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: ['*'] }, Action: ['*'], Resource: ['*'] }],
}
const everythingOfAccount: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
}

export function listQuestions(it: Case): Question[] {
  const { trust, permissions, boundary, bucket, key, serviceControl } = it.documents
  const isAboutSession = [permissions, boundary, bucket, key, serviceControl].some(Boolean)
  return [
    ...(trust?.document ? assumeQuestions(it, trust.document) : []),
    ...(isAboutSession ? [...bucketQuestions(it), ...keyQuestions(it)] : []),
  ]
}

function assumeQuestions(it: Case, trust: PolicyDocument): Question[] {
  const { target, make } = it
  const { externalId, roleArn } = target
  const policies = { identity: [ownPolicy], ...resourceLimit(it), trust }
  const ask = (id: string | undefined): AuthorizationRequest => ({
    principal: ourPrincipal(it.principalArn),
    action: 'sts:AssumeRole',
    resource: roleArn,
    resourceAccountId: roleOf(roleArn).accountId,
    context: {
      'sts:RoleSessionName': sessionNameOf(target),
      'aws:SecureTransport': 'true',
      ...(id !== undefined && { 'sts:ExternalId': id }),
    },
    unknownKeys: unknownOfSts,
  })
  const right = rightProbe(externalId)
  const wrong = [
    ...wrongProbes(externalId, 'first', make),
    ...wrongProbes(externalId, 'second', make).slice(-1),
  ]
  const shared = { isRequired: true, policies, notGiven: [] }
  return [
    {
      ...shared,
      asked: `Assume the role with ${right.what}`,
      expected: 'ALLOWED',
      request: ask(right.externalId),
      otherwise: 'Exports end in ROLE_NOT_ASSUMABLE.',
    },
    ...wrong.map((probe, at) => ({
      ...shared,
      asked: `Assume the role with ${probe.what}${missed(at)}`,
      expected: 'DENIED' as const,
      request: ask(probe.externalId),
      otherwise:
        'Exports end in ROLE_IGNORES_EXTERNAL_ID: Sluice sends nothing through a role that opens ' +
        'without its own external id.',
    })),
  ]
}

/** The last two probes differ in one character, at either end. */
const missed = (at: number) => (at < 3 ? '' : at === 3 ? ', the last' : ', the first')

/** A role's session has a name that the operator's machine chooses. */
function ourPrincipal(principalArn: string) {
  const { accountId = '', partition, resource = '' } = parseArn(principalArn) ?? {}
  if (!resource.startsWith('role/')) return { accountId, arn: principalArn }
  const name = resource.slice(resource.lastIndexOf('/') + 1)
  const arn = `arn:${partition}:sts::${accountId}:assumed-role/${name}/the-service`
  return { accountId, arn, roleArn: principalArn }
}

function bucketQuestions(it: Case): Question[] {
  const { target, documents } = it
  const { bucketName, pathPrefix } = target
  const bucketArn = `arn:${roleOf(target.roleArn).partition}:s3:::${bucketName}`
  const policies = sessionPolicies(it)
  const resource = documents.bucket?.document
  const isElsewhere = ownerOf(target) !== roleOf(target.roleArn).accountId
  const shared = {
    expected: 'ALLOWED' as const,
    policies: { ...policies, ...(resource && { resource }) },
    notGiven: [
      ...notGivenOf(documents.permissions),
      ...(isElsewhere && !documents.bucket ? ['resource' as const] : []),
    ],
  }
  const ask = (action: string, key?: string) => ({
    ...sessionRequest(it, { action, accountId: ownerOf(target) }),
    resource: key === undefined ? bucketArn : `${bucketArn}/${key}`,
    context: s3Context(target, action),
  })
  const at = (name: string) => `${pathPrefix}example/${name}`
  const put = (what: string, name: string): Question => ({
    ...shared,
    asked: `Put ${what} below ${pathPrefix === '' ? 'any prefix of the bucket' : pathPrefix}`,
    isRequired: true,
    request: ask('s3:PutObject', at(name)),
    otherwise: 'Exports end in PUT_NOT_ALLOWED.',
  })
  const acl = { ...put('an object’s ACL', '2026-01-01-00-00.csv'), isRequired: true }
  return [
    put('a CSV file', '2026-01-01-00-00.csv'),
    put('a Parquet file', '2026-01-01-00-00.parquet'),
    put('the manifest', 'manifest-00000000-0000-4000-8000-000000000000.json'),
    ...(sendsAcl(target)
      ? [{ ...acl, request: ask('s3:PutObjectAcl', at('2026-01-01-00-00.csv')) }]
      : []),
    {
      ...shared,
      asked: 'Abort an upload that was broken off',
      isRequired: false,
      request: ask('s3:AbortMultipartUpload', at('2026-01-01-00-00.csv')),
      otherwise:
        'The parts of a broken upload stay, and cost, until a lifecycle rule removes them.',
    },
    ...(target.region === undefined ? regionQuestions(shared, ask) : []),
  ]
}

function regionQuestions(
  shared: Pick<Question, 'expected' | 'policies' | 'notGiven'>,
  ask: (action: string) => AuthorizationRequest,
): Question[] {
  return ['s3:ListBucket', 's3:GetBucketLocation'].map((action) => ({
    ...shared,
    asked: `Find the bucket’s region by ${action}`,
    isRequired: false,
    request: ask(action),
    otherwise:
      'Most refusals of S3 tell the region all the same; where they do not, exports end in ' +
      'BUCKET_REGION_UNKNOWN unless the output names its cloudRegion.',
  }))
}

function keyQuestions(it: Case): Question[] {
  const { target, documents } = it
  const { kmsKeyArn } = target
  if (kmsKeyArn === undefined && !documents.key) return []
  const { accountId, partition } = roleOf(target.roleArn)
  const keyAccountId = (kmsKeyArn && parseArn(kmsKeyArn)?.accountId) || accountId
  const isElsewhere = keyAccountId !== accountId
  const trust = documents.key?.document ?? defaultKeyPolicy(keyAccountId, partition)
  const notGiven: PolicyType[] = [
    ...(kmsKeyArn === undefined ? ['identity' as const] : notGivenOf(documents.permissions)),
    ...(isElsewhere && !documents.key ? ['resource' as const] : []),
  ]
  // The bucket's own key has an ARN that nobody told us.
  const region = target.region ?? 'us-east-1'
  const resource =
    kmsKeyArn ??
    `arn:${partition}:kms:${region}:${accountId}:key/00000000-0000-0000-0000-000000000000`
  return ['kms:GenerateDataKey', 'kms:Decrypt'].map((action) => ({
    asked:
      action === 'kms:Decrypt'
        ? 'Let S3 decrypt by the key, to join the parts of a large file'
        : 'Let S3 encrypt by the key',
    expected: 'ALLOWED' as const,
    isRequired: true,
    request: {
      ...sessionRequest(it, { action, accountId: keyAccountId }),
      resource,
      context: keyContext(target, resource),
    },
    policies: { ...sessionPolicies(it), trust },
    notGiven,
    otherwise: 'Exports end in KEY_REFUSED.',
  }))
}

function sessionRequest({ target, documents }: Case, of: { action: string; accountId: string }) {
  const { partition, accountId, name } = roleOf(target.roleArn)
  const uniqueId = documents.trust?.role?.uniqueId
  return {
    principal: {
      accountId,
      arn: `arn:${partition}:sts::${accountId}:assumed-role/${name}/${sessionNameOf(target)}`,
      roleArn: target.roleArn,
      ...(uniqueId !== undefined && { uniqueId }),
    },
    action: of.action,
    resourceAccountId: of.accountId,
    unknownKeys: unknownOfSession(uniqueId !== undefined),
  }
}

function sessionPolicies(it: Case): Policies {
  const { permissions, boundary, serviceControl } = it.documents
  return {
    identity: readable(permissions ?? []),
    session: [parsePolicy(writeSessionPolicy(it.target), 'session')],
    ...(boundary?.document && { boundary: boundary.document }),
    ...(serviceControl && {
      serviceControl: [withFull(readable(serviceControl), everythingOfAccount)],
    }),
    ...resourceLimit(it),
  }
}

function resourceLimit({ documents: { resourceControl } }: Case) {
  return resourceControl && { resourceControl: [withFull(readable(resourceControl), everything)] }
}

/**
 * Nobody pastes the policy of AWS that allows everything, so one that only denies is taken to stand beside
 * it.
 */
function withFull(documents: PolicyDocument[], full: PolicyDocument): PolicyDocument[] {
  const allows = documents.some(({ Statement }) => Statement.some((it) => it.Effect === 'Allow'))
  return allows ? documents : [...documents, full]
}

function readable(documents: ReadDocument[]): PolicyDocument[] {
  return documents.flatMap(({ document }) => document ?? [])
}
