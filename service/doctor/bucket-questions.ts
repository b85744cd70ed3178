import type { AuthorizationRequest } from '@sluice/iam'
import { sendsAcl } from '#delivery'
import { bucketOwnerOf, roleOf } from '#setup'
import { s3Context } from './contexts.ts'
import { notGivenOf, sessionPolicies, sessionRequest } from './grounds.ts'
import type { Case, Question } from './questions.ts'

/** What an export does in the bucket, under its session policy. */
export function bucketQuestions(it: Case): Question[] {
  const { target, documents } = it
  const { bucketName, pathPrefix } = target
  const bucketArn = `arn:${roleOf(target.roleArn).partition}:s3:::${bucketName}`
  const policies = sessionPolicies(it)
  const resource = documents.bucket?.document
  const isElsewhere = bucketOwnerOf(target) !== roleOf(target.roleArn).accountId
  const shared = {
    expected: 'ALLOWED' as const,
    policies: { ...policies, ...(resource && { resource }) },
    notGiven: [
      ...notGivenOf(documents.permissions),
      ...(isElsewhere && !documents.bucket ? ['resource' as const] : []),
    ],
  }
  const ask = (action: string, key?: string) => ({
    ...sessionRequest(it, { action, accountId: bucketOwnerOf(target) }),
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
