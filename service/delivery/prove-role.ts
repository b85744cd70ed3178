import { setTimeout as pause } from 'node:timers/promises'
import type { AwsCall } from './aws-call.ts'
import { askAgain } from './iam-delay.ts'
import {
  type AskedProbe,
  judgeWrongProbes,
  type Probe,
  type ProbeParties,
  refusalOf,
  rightProbe,
  verdictOf,
  wrongProbes,
} from './probes.ts'
import { proofOf, type RoleProof } from './verdict.ts'

interface Proof extends ProbeParties {
  /** One AssumeRole with a session policy that denies everything. */
  ask(probe: Probe): Promise<AwsCall>
  make: { ownForm(): string; random(): string }
  timing: ProofTiming
  now(): number
  signal: AbortSignal
  /** Awaited before the right id, refused, is asked again. */
  onWait?: (() => Promise<void>) | undefined
}

export interface ProofTiming {
  /** Between the wrong probes and their repetition: a change of IAM takes some seconds to arrive. */
  readonly probePauseMs: number
  /** How long a role that refuses the right id, or a put, is asked again: it may have been made just now. */
  readonly iamDelayMs: number
}

/**
 * Whether the role opens for the right external id and for no other: right, wrong, right again, and the
 * wrong ones once more after a pause. The first thing that is not as it must be ends the proof, at the end
 * of its round. Throws the signal's reason only.
 */
export async function proveRole(proof: Proof): Promise<RoleProof> {
  const { externalId } = proof.target
  const deadline = proof.now() + proof.timing.iamDelayMs
  const rounds = [
    () => openWithRightId(proof, deadline),
    () => refuseAll(proof, wrongProbes(externalId, 'first', proof.make)),
    () => openWithRightId(proof, deadline),
    async () => {
      await pause(proof.timing.probePauseMs, undefined, { signal: proof.signal })
      return refuseAll(proof, wrongProbes(externalId, 'second', proof.make))
    },
  ]
  for (const round of rounds) {
    const problem = await round()
    if (problem !== undefined) return proofOf(problem)
  }
  return { verdict: 'PASSED' }
}

/** All of the round are asked: which of them open tells what the trust policy lacks. */
async function refuseAll(proof: Proof, probes: Probe[]) {
  const asked: AskedProbe[] = []
  for (const probe of probes) asked.push({ probe, call: await proof.ask(probe) })
  return judgeWrongProbes(asked, proof)
}

async function openWithRightId(proof: Proof, deadline: number) {
  const { now, signal, onWait } = proof
  const probe = rightProbe(proof.target.externalId)
  const isRefused = ({ fault }: AwsCall) => fault !== undefined && verdictOf(fault) === 'refused'
  const { fault } = await askAgain(() => proof.ask(probe), {
    ...{ isRefused, deadline, now, signal, onWait },
  })
  return fault && refusalOf(fault, proof)
}
