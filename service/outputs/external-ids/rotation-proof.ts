import { forEachAtOnce } from '#at-once'
import type { OrganizationScope } from '#database'
import { CallerError, type Mistake, TransientError } from '#errors'
import type { S3RoleBasedOutput } from '../output.ts'

/** What a role has shown. Only a PASSED one counts; of an INCONCLUSIVE one nobody knows. */
export interface ProofOutcome {
  readonly verdict: 'PASSED' | 'FAILED' | 'INCONCLUSIVE'
  readonly message: string
  readonly remedy?: string
}

/** Asks AWS about an output's role, outside of any transaction. */
export interface RotationProof {
  /** Whether it opens with the id, and for nobody who has none of the output's ids. */
  opensWith(
    scope: OrganizationScope,
    output: S3RoleBasedOutput,
    externalId: string,
  ): Promise<ProofOutcome>
  /** Whether its trust policy refuses the id. */
  refuses(
    scope: OrganizationScope,
    output: S3RoleBasedOutput,
    externalId: string,
  ): Promise<ProofOutcome>
}

/** Roles that are asked at once. */
const COUNT_AT_ONCE = 8
/** For all roles together; a GLOBAL id may be that of many. */
const TIMEOUT_MS = 300_000
/** Roles that a refusal names. */
const NAMED_COUNT_MAX = 25

/** Resolves when each output has passed. Throws CONFLICT when one has failed, else TransientError. */
export async function proveAll(
  outputs: readonly S3RoleBasedOutput[],
  prove: (output: S3RoleBasedOutput) => Promise<ProofOutcome>,
): Promise<void> {
  const failed: Mistake[] = []
  const unclear: string[] = []
  const work = async (output: S3RoleBasedOutput) => {
    const { verdict, message, remedy } = await prove(output)
    if (verdict === 'INCONCLUSIVE') unclear.push(message)
    if (verdict === 'FAILED')
      failed.push({ field: output.id, text: remedy ? `${message} ${remedy}` : message })
  }
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  await forEachAtOnce(outputs, { count: COUNT_AT_ONCE, signal }, work).catch((error: unknown) => {
    if (!signal.aborted || error !== signal.reason) throw error
    unclear.push(`not all of them were asked within ${TIMEOUT_MS / 1000} seconds`)
  })
  if (failed.length > 0) throw notProven(failed, outputs.length)
  const [first] = unclear
  if (first === undefined) return
  throw new TransientError(
    'AWS_UNAVAILABLE',
    `Nothing was changed, since not every role of ${outputs.length} gave a clear answer: ${first}`,
  )
}

/** Both, one after the other; the first that has not passed decides. */
export async function both(
  first: () => Promise<ProofOutcome>,
  second: () => Promise<ProofOutcome>,
): Promise<ProofOutcome> {
  const outcome = await first()
  return outcome.verdict === 'PASSED' ? second() : outcome
}

function notProven(failed: Mistake[], count: number): CallerError {
  const named = failed.slice(0, NAMED_COUNT_MAX)
  const texts = named.map(({ field, text }) => `Output ${field}: ${text}`)
  return new CallerError(
    'CONFLICT',
    `Nothing was changed: ${failed.length} of ${count} roles are not as this step needs them. ` +
      texts.join(' '),
    { mistakes: named },
  )
}
