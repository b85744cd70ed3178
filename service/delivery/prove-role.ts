import { setTimeout as pause } from 'node:timers/promises'
import type { AwsFault } from './aws-fault.ts'
import {
  type Answer,
  judgeWrongProbe,
  type Probe,
  type ProbeParties,
  refusalOf,
  rightProbe,
  verdictOf,
  wrongProbes,
} from './probes.ts'

export interface Proof extends ProbeParties {
  /** One AssumeRole with a session policy that denies everything. */
  ask(probe: Probe): Promise<Answer>
  make: { ownForm(): string; random(): string }
  timing: ProofTiming
  now(): number
  signal: AbortSignal
}

export interface ProofTiming {
  /** Between the wrong probes and their repetition: a change of IAM takes some seconds to arrive. */
  readonly probePauseMs: number
  /** How long a role that refuses the right id is asked again: it may have been made just now. */
  readonly iamDelayMs: number
}

const RETRY_MS_FIRST = 500
const RETRY_MS_MAX = 4_000

/**
 * Proves that the role opens for the right external id and for no other: right, wrong, right again,
 * and the wrong ones once more after a pause. Resolves when all went as it must; throws OutputError when
 * the role is not as it must be, TransientError when AWS gave no clear answer.
 */
export async function proveRole(proof: Proof): Promise<void> {
  const { externalId } = proof.target
  const deadline = proof.now() + proof.timing.iamDelayMs
  await openWithRightId(proof, deadline)
  await refuseAll(proof, wrongProbes(externalId, 'first', proof.make))
  await openWithRightId(proof, deadline)
  await pause(proof.timing.probePauseMs, undefined, { signal: proof.signal })
  await refuseAll(proof, wrongProbes(externalId, 'second', proof.make))
}

async function refuseAll(proof: Proof, probes: Probe[]): Promise<void> {
  for (const probe of probes) judgeWrongProbe(probe, await proof.ask(probe), proof)
}

async function openWithRightId(proof: Proof, deadline: number): Promise<void> {
  const probe = rightProbe(proof.target.externalId)
  for (let delayMs = RETRY_MS_FIRST; ; delayMs = Math.min(delayMs * 2, RETRY_MS_MAX)) {
    const answer = await proof.ask(probe)
    if (answer.kind === 'opened') return
    if (!isWorthWaiting(answer.fault) || proof.now() + delayMs > deadline)
      throw refusalOf(answer.fault, proof)
    await pause(delayMs, undefined, { signal: proof.signal })
  }
}

function isWorthWaiting(fault: AwsFault): boolean {
  return verdictOf(fault) === 'refused'
}
