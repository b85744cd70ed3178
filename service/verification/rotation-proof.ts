import { randomUUID } from 'node:crypto'
import type { OrganizationScope } from '#database'
import type { RoleProof } from '#delivery'
import {
  type ProofOutcome,
  type RotationProof,
  recordAccess,
  type S3RoleBasedOutput,
  targetOf,
} from '#outputs'
import { countVerification } from './limit.ts'
import { type RoleParts, verdictsOf } from './verdicts.ts'

const TIMEOUT_MS = 60_000
const why = 'rotation of the external id'

/** The proofs that a rotation stands on: of STS alone, by the probes that stand before every export. */
export function rotationProofOf(parts: Omit<RoleParts, 'scope'>): RotationProof {
  const useOf = (scope: OrganizationScope, output: S3RoleBasedOutput) => ({
    signal: AbortSignal.timeout(TIMEOUT_MS),
    why,
    verdicts: verdictsOf({ ...parts, scope }, { output, why }),
    onAccess: (access: Parameters<typeof recordAccess>[1]['access']) =>
      recordAccess(scope, { outputId: output.id, taskId: undefined, access }),
  })
  const { delivery } = parts
  return {
    opensWith: async (scope, output, externalId) => {
      await countVerification(scope, { id: randomUUID(), output })
      const target = { ...targetOf(output), externalId }
      const passed = `The role ${output.roleArn} opens with the external id ${externalId}.`
      return outcomeOf(await delivery.proveRole(target, useOf(scope, output)), passed)
    },
    refuses: async (scope, output, externalId) => {
      const target = { ...targetOf(output), externalId }
      const passed = `The role ${output.roleArn} refuses the external id ${externalId}.`
      return outcomeOf(await delivery.proveRefusal(target, useOf(scope, output)), passed)
    },
  }
}

function outcomeOf(proof: RoleProof, passed: string): ProofOutcome {
  switch (proof.verdict) {
    case 'PASSED':
      return { verdict: 'PASSED', message: passed }
    case 'FAILED':
      return { verdict: 'FAILED', message: proof.error.message, remedy: proof.error.remedy }
    case 'INCONCLUSIVE':
      return { verdict: 'INCONCLUSIVE', message: proof.error.message }
  }
}
