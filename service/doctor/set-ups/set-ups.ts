import type { BucketTarget } from '#delivery'
import type { PastedDocuments } from '../pasted.ts'
import type { FindingCode, Verdict } from '../report.ts'
import { limitSetUps } from './limits.ts'
import { pastedSetUps } from './pasted.ts'
import { roleSetUps } from './role.ts'
import { trustSetUps } from './trust.ts'

/**
 * What people paste, and what the doctor must say. The tests ask local-aws the same of roles and buckets
 * that are made so.
 */
export interface SetUp {
  readonly name: string
  readonly documents: PastedDocuments
  readonly target?: Partial<BucketTarget>
  readonly verdict: Verdict
  /** Codes of findings that must be among the others. */
  readonly codes?: FindingCode[]
  /** Parts of the explanations and messages. */
  readonly says?: RegExp
  /** Why local-aws cannot be asked. */
  readonly notOnLocalAws?: string
}

/** Who and what the documents name. */
export interface Facts {
  readonly customer: string
  readonly principalArn: string
  readonly externalId: string
  readonly otherExternalId: string
  readonly roleArn: string
  readonly bucketName: string
  readonly kmsKeyArn: string
  readonly sessionName: string
}

export function listSetUps(facts: Facts): SetUp[] {
  return [
    ...trustSetUps(facts),
    ...pastedSetUps(facts),
    ...roleSetUps(facts),
    ...limitSetUps(facts),
  ]
}
