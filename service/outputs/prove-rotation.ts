import type { OrganizationScope } from '#database'
import type { Delivery } from '#delivery'
import { OutputError, TransientError } from '#errors'
import { openBucketOf } from './open-bucket.ts'
import type { S3RoleBasedOutput } from './output.ts'
import type { ProofOutcome, RotationProof } from './rotation-proof.ts'

const TIMEOUT_MS = 60_000
const why = 'rotation of the external id'

/** Proves by what an export does first: open the bucket, with all its probes, and then write nothing. */
export function proveByOpening(delivery: Delivery): RotationProof {
  const open = async (
    scope: OrganizationScope,
    output: S3RoleBasedOutput,
    externalId: string,
  ): Promise<'opened' | OutputError | TransientError> => {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const ofId = { ...output, externalId }
    try {
      await using _bucket = await openBucketOf(delivery, { scope, output: ofId, signal, why })
      return 'opened'
    } catch (error) {
      if (error instanceof OutputError || error instanceof TransientError) return error
      if (!signal.aborted) throw error
      const text = `AWS did not answer about the role ${output.roleArn} within ${TIMEOUT_MS} ms.`
      return new TransientError('AWS_UNAVAILABLE', text, { details: { error } })
    }
  }
  return {
    opensWith: async (scope, output, externalId) => {
      const answer = await open(scope, output, externalId)
      if (answer === 'opened') return { verdict: 'PASSED', message: opened(output, externalId) }
      return answer instanceof OutputError ? failed(answer) : inconclusive(answer)
    },
    refuses: async (scope, output, externalId) => {
      const answer = await open(scope, output, externalId)
      if (answer === 'opened') return stillOpens(output, externalId)
      if (answer instanceof TransientError) return inconclusive(answer)
      if (answer.code !== 'ROLE_NOT_ASSUMABLE') return failed(answer)
      const message = `The role ${output.roleArn} refuses the external id ${externalId}.`
      return { verdict: 'PASSED', message }
    },
  }
}

function opened({ roleArn }: S3RoleBasedOutput, externalId: string): string {
  return `The role ${roleArn} opens with the external id ${externalId}.`
}

function stillOpens(output: S3RoleBasedOutput, externalId: string): ProofOutcome {
  return {
    verdict: 'FAILED',
    message: opened(output, externalId),
    remedy: `Take the external id ${externalId} out of its trust policy; IAM needs some seconds to hear of it.`,
  }
}

function failed({ message, remedy }: OutputError): ProofOutcome {
  return { verdict: 'FAILED', message, remedy }
}

function inconclusive({ message }: TransientError): ProofOutcome {
  return { verdict: 'INCONCLUSIVE', message }
}
