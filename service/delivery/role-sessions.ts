import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { OutputError } from '#errors'
import { sessionNameOf } from '#setup'
import type { RoleAccess } from './access.ts'
import type { RoleAssumer, Session } from './assume-role.ts'
import { type Answered, type AwsCall, requestIdsOf } from './aws-call.ts'
import { type AwsFault, detailsOf } from './aws-fault.ts'
import { newExternalId } from './external-id.ts'
import { type Probe, probeTexts, problemOfRefusal, refusalOf } from './probes.ts'
import { type ProofTiming, proveRole } from './prove-role.ts'
import { denyAllPolicy, writeSessionPolicy } from './session-policy.ts'
import type { BucketTarget } from './target.ts'
import {
  isUsable,
  proofOf,
  type RoleProblem,
  type RoleProof,
  type RoleVerdicts,
} from './verdict.ts'

export interface RoleUse {
  readonly assumer: RoleAssumer
  readonly principalArn: string
  readonly target: BucketTarget
  /** Of the STS endpoints, the first that the role's account has switched on; the first call finds it. */
  readonly sts: { regions: readonly string[] }
  readonly timing: ProofTiming
  readonly why: string
  readonly signal: AbortSignal
  now(): Date
  readonly verdicts: RoleVerdicts
  onAccess(access: RoleAccess): Promise<void>
}

/**
 * A session narrowed to the target's bucket and prefix, of a role that was proven just before. Throws
 * OutputError when the role is not as it must be, TransientError when AWS gave no clear answer.
 */
export async function openRoleSession(use: RoleUse): Promise<Session> {
  const externalId = await findUsableId(use)
  const { session, fault } = await openSession(use, externalId)
  if (session !== undefined) return session
  throw sessionProblemOf(fault, { ...use, target: { ...use.target, externalId } })
}

/**
 * During a rotation the role may demand either id: one that is refused gives way to the other, and both
 * are tried once more, since the trust policy may change between two calls. What is thrown is about the
 * output's present id.
 */
async function findUsableId(use: RoleUse): Promise<string> {
  const { externalId, otherExternalId } = use.target
  const both = otherExternalId === undefined ? [externalId] : [externalId, otherExternalId]
  let problem: RoleProblem['error'] | undefined
  for (const id of both.length === 1 ? both : [...both, ...both]) {
    const proof = await prove(use, id)
    if (await mayUse(use, id, proof)) return id
    if (proof.verdict === 'PASSED') throw new Error('A proven role was found unusable.')
    if (!isRefused(proof)) throw proof.error
    problem ??= proof.error
  }
  throw problem
}

function mayUse(use: RoleUse, externalId: string, proof: RoleProof): Promise<boolean> {
  return isUsable(proof, { externalId, verdicts: use.verdicts, now: use.now() })
}

function isRefused(proof: RoleProof): boolean {
  return proof.verdict === 'FAILED' && proof.error.code === 'ROLE_NOT_ASSUMABLE'
}

type Opened =
  | { readonly call: AwsCall; readonly session: Session; readonly fault?: undefined }
  | { readonly call: AwsCall; readonly session?: undefined; readonly fault: AwsFault }

/** The working session. Its record is written whatever AWS answered; throws the signal's reason only. */
export async function openSession(
  use: RoleUse,
  externalId: string,
  policy = writeSessionPolicy(use.target),
): Promise<Opened> {
  const probe: Probe = { kind: 'right', externalId }
  const access = accessOf(use, 'OPEN_SESSION')
  const { call, answer } = await recordBreak(use, access, () => assume(use, probe, { policy }))
  await use.onAccess({
    ...access,
    accessKeyId: answer?.accessKeyId,
    stsRequestIds: requestIdsOf([call]),
    outcome: call.fault?.code ?? 'OK',
  })
  if (answer !== undefined) return { call, session: answer }
  if (call.fault === undefined) throw new Error('A session was opened and not answered.')
  return { call, fault: call.fault }
}

/** Why a proven role gave no working session. */
export function sessionProblemOf(
  fault: AwsFault,
  parties: Pick<RoleUse, 'target' | 'principalArn'>,
) {
  const { bucketName, pathPrefix } = parties.target
  if (fault.code === 'PackedPolicyTooLarge' || fault.code === 'PackedPolicyTooLargeException')
    return new OutputError(
      'SESSION_POLICY_TOO_LARGE',
      `AWS does not take the session policy for s3://${bucketName}/${pathPrefix}: its packed size ` +
        'is too large.',
      { details: detailsOf(fault) },
    )
  return refusalOf(fault, parties)
}

interface ProbeObserver {
  /** Hears of every call before the verdict. */
  onCall(asked: { probe: Probe; call: AwsCall }): void
  /** Awaited before the right id, refused, is asked again. */
  onWait?(): Promise<void>
}

/**
 * Proves the role under one id, at STS alone. Record and verdict are written whatever became of it, and
 * before the next use of the role. Throws the signal's reason only.
 */
export async function prove(
  use: RoleUse,
  externalId: string,
  observer?: ProbeObserver,
): Promise<RoleProof> {
  const { principalArn, timing, signal } = use
  const target = { ...use.target, externalId }
  const make = { ownForm: newExternalId, random: () => randomBytes(16).toString('hex') }
  const now = () => use.now().getTime()
  const run = async (askProbe: AskProbe) => {
    const ask = async (probe: Probe) => {
      const call = await askProbe(probe)
      observer?.onCall({ probe, call })
      return call
    }
    const onWait = observer?.onWait
    const proof = await proveRole({ target, principalArn, timing, signal, make, ask, now, onWait })
    await use.verdicts.record(externalId, proof)
    return proof
  }
  return recordProbes(use, run, outcomeOf)
}

/**
 * Whether the role refuses the target's external id, twice with a pause between, since a change of IAM takes
 * its time. It says nothing of the role under its present id, so no verdict is kept of it.
 */
export function proveRefusal(use: RoleUse): Promise<RoleProof> {
  const probe: Probe = { kind: 'right', externalId: use.target.externalId }
  const run = async (ask: AskProbe): Promise<RoleProof> => {
    const first = problemOfRefusal((await ask(probe)).fault, use)
    if (first !== undefined) return proofOf(first)
    await pause(use.timing.probePauseMs, undefined, { signal: use.signal })
    const second = problemOfRefusal((await ask(probe)).fault, use)
    return second === undefined ? { verdict: 'PASSED' } : proofOf(second)
  }
  return recordProbes(use, run, outcomeOf)
}

function outcomeOf(proof: RoleProof): string {
  return proof.verdict === 'PASSED' ? 'OK' : proof.error.code
}

/** One AssumeRole whose session, should there be one, can do nothing; of another role where one is named. */
export type AskProbe = (probe: Probe, roleArn?: string) => Promise<AwsCall>

/** Probes that are one use of the role: one record has the request ids of all, however it ends. */
export async function recordProbes<Result>(
  use: RoleUse,
  run: (ask: AskProbe) => Promise<Result>,
  outcomeOf: (result: Result) => string,
): Promise<Result> {
  const stsRequestIds: string[] = []
  const access = { ...accessOf(use, 'PROVE_ROLE'), stsRequestIds }
  const ask: AskProbe = async (probe, roleArn = use.target.roleArn) => {
    const asked = { ...use, target: { ...use.target, roleArn } }
    const { call } = await assume(asked, probe, { policy: denyAllPolicy })
    stsRequestIds.push(...requestIdsOf([call]))
    return call
  }
  const result = await recordBreak(use, access, () => run(ask))
  await use.onAccess({ ...access, outcome: outcomeOf(result) })
  return result
}

/**
 * A use that throws leaves its record too: AWS may have carried it out. The reason of a signal is another's
 * failure, and none of this use.
 */
export async function recordBreak<Result>(
  { onAccess, signal }: Pick<RoleUse, 'onAccess' | 'signal'>,
  access: Omit<RoleAccess, 'outcome'>,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    const code = error === signal.reason ? 'ABORTED' : codeOf(error)
    await onAccess({ ...access, outcome: code === 'ABORT_ERR' ? 'ABORTED' : code })
    throw error
  }
}

/** An endpoint that is switched off for the account is left for the next, by the right id alone: all probes of a proof have one endpoint. */
async function assume(
  use: RoleUse,
  probe: Probe,
  { policy }: { policy: string },
): Promise<Answered<Session>> {
  const { assumer, sts, target, signal } = use
  for (;;) {
    const [region, ...others] = sts.regions
    if (region === undefined) throw new Error('A use of a role has no STS endpoint.')
    const answered = await assumer.assume({
      region,
      roleArn: target.roleArn,
      sessionName: sessionNameOf(target.outputId),
      externalId: probe.externalId,
      sent: `with ${probeTexts[probe.kind]}`,
      policy,
      signal,
    })
    const isOff = answered.call.fault?.code === 'RegionDisabledException'
    if (!isOff || probe.kind !== 'right' || others.length === 0) return answered
    sts.regions = others
  }
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
    sessionName: sessionNameOf(use.target.outputId),
    accessKeyId: undefined,
    objectKey: undefined,
    stsRequestIds: [],
    s3RequestIds: [],
  }
}

/** For a record: the code of an error that has one. */
function codeOf(error: unknown): string {
  const { code, name } = Object(error)
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'Error'
}
