import { type PolicyType, parseArn } from '@sluice/iam'
import { roleOf } from '#setup'
import { keyContext } from './contexts.ts'
import { defaultKeyPolicy, notGivenOf, sessionPolicies, sessionRequest } from './grounds.ts'
import type { Case, Question } from './questions.ts'

/** What S3 asks KMS in the session's name. */
export function keyQuestions(it: Case): Question[] {
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
