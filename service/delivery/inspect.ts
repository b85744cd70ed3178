import { TransientError } from '#errors'
import type { AwsCall } from './aws-call.ts'
import { type AwsFault, isPassing } from './aws-fault.ts'
import {
  type Check,
  type CheckFindings,
  type CheckName,
  checkNames,
  checkOf,
  type Problem,
  skipped,
} from './check.ts'
import { newExternalId } from './external-id.ts'
import { type CreateClient, checkBucket, checkWholeObject, checkWrite } from './inspect-bucket.ts'
import { isSamePrincipal } from './principal.ts'
import { type AskedProbe, type ProbeKind, verdictOf, type WrongProbeKind } from './probes.ts'
import { type AskProbe, prove, type RoleUse, recordProbes } from './role-sessions.ts'
import { type OtherOutput, slipsOf } from './slips.ts'

export interface Inspection {
  /** Some of their ids are tried where the role refuses the right one. */
  readonly otherOutputs: readonly OtherOutput[]
  /** Also put a whole object, and remove it where the role may. */
  readonly wholeObject: boolean
  /** Awaited as each check ends. */
  onCheck?(check: Check): Promise<void>
  /** Awaited as a check begins to wait for what IAM may not have told all of AWS yet. */
  onWait?(name: CheckName): Promise<void>
}

/**
 * Does what an export does, check by check, and leaves nothing in the bucket unless `wholeObject` asks for
 * it. No call to S3 comes before the role has refused every wrong external id; what comes after a check
 * that has not passed is SKIPPED. Throws the signal's reason only.
 */
export async function inspectTarget(
  use: RoleUse,
  inspection: Inspection,
  createClient: CreateClient,
): Promise<Check[]> {
  const checks: Check[] = []
  for await (const check of runChecks(use, inspection, createClient)) {
    checks.push(check)
    await inspection.onCheck?.(check)
    if (check.status !== 'PASSED') break
  }
  for (const name of checkNames.slice(checks.length)) {
    const check = skipped(name)
    checks.push(check)
    await inspection.onCheck?.(check)
  }
  return checks
}

async function* runChecks(
  use: RoleUse,
  inspection: Inspection,
  createClient: CreateClient,
): AsyncGenerator<Check> {
  yield await checkPrincipal(use)
  yield* await checkRole(use, inspection)
  const { check, opened } = await checkBucket(use, createClient)
  await using _closed = opened
  yield check
  if (opened === undefined) return
  yield await checkWrite(use, opened, async () => inspection.onWait?.('WRITE'))
  if (inspection.wholeObject) yield await checkWholeObject(use, opened, createClient)
}

async function checkPrincipal(use: RoleUse): Promise<Check> {
  const { assumer, principalArn, sts, signal } = use
  const region = sts.regions[0] ?? ''
  const { call, answer } = await assumer.identify({ region, signal })
  const problem = problemOfPrincipal(principalArn, answer, call.fault)
  return checkOf('PRINCIPAL', [call], { problem })
}

function problemOfPrincipal(
  principalArn: string,
  identityArn: string | undefined,
  fault: AwsFault | undefined,
): Problem | undefined {
  if (fault !== undefined && isPassing(fault))
    return new TransientError('AWS_UNAVAILABLE', `AWS did not say who we are (${fault.code}).`)
  if (identityArn !== undefined && isSamePrincipal(principalArn, identityArn)) return undefined
  return new TransientError(
    'PRINCIPAL_NOT_PERMITTED',
    fault === undefined
      ? `Sluice’s own credentials are not those of ${principalArn}, whom customers trust.`
      : `AWS refuses Sluice’s own credentials (${fault.code}).`,
  )
}

/** One proof: its calls with the right id are the one check, those with wrong ones the other. */
async function checkRole(use: RoleUse, { otherOutputs, onWait }: Inspection): Promise<Check[]> {
  const asked: AskedProbe[] = []
  const proof = await prove(use, use.target.externalId, {
    onCall: (each) => asked.push(each),
    onWait: async () => onWait?.('ROLE'),
  })
  const problem = proof.verdict === 'PASSED' ? undefined : proof.error
  const callsOf = (isMeant: (kind: ProbeKind) => boolean) =>
    asked.filter(({ probe }) => isMeant(probe.kind)).map(({ call }) => call)
  const right = callsOf((kind) => kind === 'right')
  const wrong = callsOf((kind) => kind !== 'right')
  if (problem === undefined || asked.at(-1)?.probe.kind !== 'right')
    return [
      checkOf('ROLE', right),
      checkOf('EXTERNAL_ID', wrong, { problem, found: { opened: openedOf(asked) } }),
    ]
  const { calls, found } = await trySlips(use, otherOutputs, right.at(-1)?.fault)
  return [checkOf('ROLE', [...right, ...calls], { problem, found }), skipped('EXTERNAL_ID', wrong)]
}

function openedOf(asked: readonly AskedProbe[]): WrongProbeKind[] {
  const opened = asked.filter(({ call }) => call.fault === undefined)
  return opened.flatMap(({ probe: { kind } }) => (kind === 'right' ? [] : [kind]))
}

interface Tried {
  calls: AwsCall[]
  found: CheckFindings
}

/** Each under the policy that denies everything. Where any id opens the role, no other id is the cause. */
async function trySlips(
  use: RoleUse,
  otherOutputs: readonly OtherOutput[],
  refusal: AwsFault | undefined,
): Promise<Tried> {
  if (refusal === undefined || verdictOf(refusal) !== 'refused') return { calls: [], found: {} }
  const run = async (ask: AskProbe): Promise<Tried> => {
    const calls = [await ask({ kind: 'random', externalId: newExternalId() })]
    if (calls[0]?.fault === undefined) return { calls, found: { opened: ['random'] } }
    for (const { opensInstead, sent, roleArn, externalId } of slipsOf(use.target, otherOutputs)) {
      const call = await ask({ kind: 'right', externalId }, roleArn)
      calls.push({ ...call, sent })
      if (call.fault === undefined) return { calls, found: { opensInstead } }
    }
    return { calls, found: {} }
  }
  return recordProbes(use, run, () => 'ROLE_NOT_ASSUMABLE')
}
