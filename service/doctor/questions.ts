import type { AssumeRolePolicies, AuthorizationRequest, Policies, PolicyType } from '@sluice/iam'
import type { BucketTarget } from '#delivery'
import { assumeQuestions } from './assume-questions.ts'
import { bucketQuestions } from './bucket-questions.ts'
import { keyQuestions } from './key-questions.ts'
import type { ReadDocuments } from './pasted.ts'

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

/** All that an export asks AWS for, as far as the documents are about it. */
export function listQuestions(it: Case): Question[] {
  const { trust, permissions, boundary, bucket, key, serviceControl } = it.documents
  const isAboutSession = [permissions, boundary, bucket, key, serviceControl].some(Boolean)
  return [
    ...(trust?.document ? assumeQuestions(it, trust.document) : []),
    ...(isAboutSession ? [...bucketQuestions(it), ...keyQuestions(it)] : []),
  ]
}
