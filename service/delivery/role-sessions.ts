import { randomBytes } from 'node:crypto'
import { OutputError } from '#errors'
import type { RoleAccess } from './access.ts'
import type { Assumed, RoleAssumer, Session } from './assume-role.ts'
import { detailsOf } from './aws-fault.ts'
import { newExternalId } from './external-id.ts'
import { type Probe, refusalOf, rightProbe } from './probes.ts'
import { type ProofTiming, proveRole } from './prove-role.ts'
import { denyAllPolicy, writeSessionPolicy } from './session-policy.ts'
import type { BucketTarget } from './target.ts'

export interface RoleUse {
  readonly assumer: RoleAssumer
  readonly principalArn: string
  readonly target: BucketTarget
  /** Of the STS endpoint. */
  readonly region: string
  readonly timing: ProofTiming
  readonly why: string
  readonly signal: AbortSignal
  now(): Date
  onAccess(access: RoleAccess): Promise<void>
}

/** Stable, so that customers can pin it in a policy and find it in CloudTrail. 64 characters at most. */
export function sessionNameOf({ outputId }: BucketTarget): string {
  return `sluice-${outputId}`
}

/**
 * A session narrowed to the target's bucket and prefix, of a role that was proven just before. Throws
 * OutputError when the role is not as it must be, TransientError when AWS gave no clear answer.
 */
export async function openRoleSession(use: RoleUse): Promise<Session> {
  await prove(use)
  const assumed = await assume(use, rightProbe(use.target.externalId), {
    policy: writeSessionPolicy(use.target),
  })
  const isOpen = assumed.kind === 'opened'
  await use.onAccess({
    ...accessOf(use, 'OPEN_SESSION'),
    accessKeyId: isOpen ? assumed.session.accessKeyId : undefined,
    stsRequestIds: idsOf([assumed]),
    outcome: isOpen ? 'OK' : assumed.fault.code,
  })
  if (isOpen) return assumed.session
  const { fault } = assumed
  if (fault.code === 'PackedPolicyTooLarge' || fault.code === 'PackedPolicyTooLargeException')
    throw new OutputError(
      'SESSION_POLICY_TOO_LARGE',
      `AWS does not take the session policy for s3://${use.target.bucketName}/` +
        `${use.target.pathPrefix}: its packed size is too large.`,
      { details: detailsOf(fault) },
    )
  throw refusalOf(fault, use)
}

/** The record is written whatever became of the proof, and before the next use of the role. */
async function prove(use: RoleUse): Promise<void> {
  const answers: Assumed[] = []
  const ask = async (probe: Probe) => {
    const answer = await assume(use, probe, { policy: denyAllPolicy })
    answers.push(answer)
    return answer
  }
  const { target, principalArn, timing, signal } = use
  const make = { ownForm: newExternalId, random: () => randomBytes(16).toString('hex') }
  let outcome = 'OK'
  try {
    const now = () => use.now().getTime()
    await proveRole({ target, principalArn, timing, signal, make, ask, now })
  } catch (error) {
    outcome = codeOf(error)
    throw error
  } finally {
    await use.onAccess({
      ...accessOf(use, 'PROVE_ROLE'),
      stsRequestIds: idsOf(answers),
      outcome,
    })
  }
}

function assume(use: RoleUse, probe: Probe, { policy }: { policy: string }): Promise<Assumed> {
  const { assumer, region, target, signal } = use
  return assumer.assume({
    region,
    roleArn: target.roleArn,
    sessionName: sessionNameOf(target),
    externalId: probe.externalId,
    policy,
    signal,
  })
}

/** What a record says before anything is known of the outcome. */
export function accessOf(
  use: Pick<RoleUse, 'now' | 'why' | 'target'>,
  action: RoleAccess['action'],
): Omit<RoleAccess, 'outcome'> {
  return {
    at: use.now(),
    why: use.why,
    action,
    sessionName: sessionNameOf(use.target),
    accessKeyId: undefined,
    objectKey: undefined,
    stsRequestIds: [],
    s3RequestIds: [],
  }
}

/** For a record: the code of an error that has one. */
export function codeOf(error: unknown): string {
  const { code, name } = Object(error)
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'Error'
}

function idsOf(answers: Assumed[]): string[] {
  return answers.flatMap(({ requestId }) => (requestId === undefined ? [] : [requestId]))
}
