import { OutputError, type TransientError } from '#errors'

/** What the probes of a role have shown, under one external id and our principal. */
export type RoleProof =
  | { readonly verdict: 'PASSED' }
  /** The role refuses the right id, or opens without it. */
  | { readonly verdict: 'FAILED'; readonly error: OutputError }
  /** AWS gave no clear answer. */
  | { readonly verdict: 'INCONCLUSIVE'; readonly error: TransientError }

export type RoleProblem = Exclude<RoleProof, { verdict: 'PASSED' }>

export function proofOf(problem: OutputError | TransientError): RoleProof {
  return problem instanceof OutputError
    ? { verdict: 'FAILED', error: problem }
    : { verdict: 'INCONCLUSIVE', error: problem }
}

/** Remembers verdicts, each keyed by role, external id and our principal. */
export interface RoleVerdicts {
  /** Awaited after each proof. */
  record(externalId: string, proof: RoleProof): Promise<void>
  /** When the id last passed; undefined if it never did, or failed since. */
  passedAt(externalId: string): Promise<Date | undefined>
  /** Whether the operator lets files be written through this role although it opens without its id. */
  toleratesIgnoredId(): Promise<boolean>
}

/** As long as a PASS outlives proofs that end without a clear answer: AWS's bad day stops no export. */
const PASS_HOLDS_MS = 24 * 3_600_000

/** Whether a role may be used though this proof of it has not passed. */
export async function isUsable(
  proof: RoleProof,
  known: { externalId: string; verdicts: RoleVerdicts; now: Date },
): Promise<boolean> {
  const { externalId, verdicts, now } = known
  switch (proof.verdict) {
    case 'PASSED':
      return true
    case 'FAILED':
      return proof.error.code === 'ROLE_IGNORES_EXTERNAL_ID' && verdicts.toleratesIgnoredId()
    case 'INCONCLUSIVE': {
      const passedAt = await verdicts.passedAt(externalId)
      return passedAt !== undefined && now.getTime() - passedAt.getTime() < PASS_HOLDS_MS
    }
  }
}
