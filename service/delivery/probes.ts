import { OutputError, TransientError } from '#errors'
import { roleOf, trustCommand } from '#setup'
import type { AwsCall } from './aws-call.ts'
import { type AwsFault, detailsOf, isPassing } from './aws-fault.ts'
import type { BucketTarget } from './target.ts'

/** One call of AssumeRole that differs from the others in its external id alone. */
export interface Probe {
  readonly kind: ProbeKind
  readonly externalId: string | undefined
}

export type ProbeKind = 'right' | WrongProbeKind
export type WrongProbeKind = 'none' | 'random' | 'own form' | 'near miss'

/** For the reader: what was sent. */
export const probeTexts: Record<ProbeKind, string> = {
  right: 'the right external id',
  none: 'no external id',
  random: 'a random external id',
  'own form': 'an external id that was never issued',
  'near miss': 'an external id that differs in one character',
}

export const rightProbe = (externalId: string): Probe => ({ kind: 'right', externalId })

export interface AskedProbe {
  readonly probe: Probe
  readonly call: AwsCall
}

/**
 * What a role must refuse: no id; any id; an id such as other outputs have, that nobody has; and the right
 * id but for one character, at its end in the first round and at its beginning in the second, so that a
 * trust policy with a wildcard at either end is found out.
 */
export function wrongProbes(
  externalId: string,
  round: 'first' | 'second',
  make: { ownForm(): string; random(): string },
): Probe[] {
  return [
    { kind: 'none', externalId: undefined },
    { kind: 'random', externalId: make.random() },
    { kind: 'own form', externalId: make.ownForm() },
    {
      kind: 'near miss',
      externalId: nearMiss(externalId, round === 'first' ? externalId.length - 1 : 0),
    },
  ]
}

function nearMiss(externalId: string, at: number): string {
  const other = externalId[at] === '0' ? '1' : '0'
  return externalId.slice(0, at) + other + externalId.slice(at + 1)
}

/** Who asks whom, for messages with real names. */
export interface ProbeParties {
  readonly target: BucketTarget
  readonly principalArn: string
}

export type Verdict = 'refused' | 'not ours to judge' | 'not permitted to us' | 'passing'

/** How AWS begins a denial. A reason may follow, and it names the policy type that denied. */
const DENIAL =
  /^User: \S+ is not authorized to perform: sts:AssumeRole(?: on resource: \S+?)?(?: (.+))?$/
/** The role's trust policy is the resource-based policy of AssumeRole. */
const BY_TRUST_POLICY =
  /^(because no|with an explicit deny in an?|with an explicit deny in the) (resource-based|role trust) policy\b/
const BY_CUSTOMER = /resource control policy/

/**
 * Whose decision a failed call was. Only the trust policy's own clear denial is a refusal: of anything
 * else nobody knows what the trust policy would have said.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function verdictOf(fault: AwsFault): Verdict {
  if (fault.code !== 'AccessDenied') {
    if (isPassing(fault)) return 'passing'
    return ourFaults.has(fault.code) ? 'not permitted to us' : 'not ours to judge'
  }
  const denial = DENIAL.exec(fault.message)
  if (fault.status !== 403 || denial === null) return 'not ours to judge'
  const [, reason] = denial
  if (reason === undefined || BY_TRUST_POLICY.test(reason)) return 'refused'
  return BY_CUSTOMER.test(reason) ? 'not ours to judge' : 'not permitted to us'
}

/** Our own credentials are wrong or not known in the region. */
const ourFaults = new Set([
  'CredentialsProviderError',
  'InvalidClientTokenId',
  'RegionDisabledException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
])

/** A round of wrong probes has passed, undefined, only when each of them was refused. */
export function judgeWrongProbes(
  asked: readonly AskedProbe[],
  parties: ProbeParties,
): OutputError | TransientError | undefined {
  const opened = asked.filter(({ call }) => call.fault === undefined)
  if (opened.length > 0)
    return roleIgnoresId(
      opened.map(({ probe }) => probe.kind),
      parties,
    )
  const faults = asked.flatMap(({ call }) => call.fault ?? [])
  const doubtful = faults.find((fault) => verdictOf(fault) !== 'refused')
  return doubtful && inconclusive(doubtful, parties)
}

/** What is wrong where the role must refuse the target's external id; undefined: it clearly did. */
export function problemOfRefusal(
  fault: AwsFault | undefined,
  parties: ProbeParties,
): OutputError | TransientError | undefined {
  const { roleArn, externalId } = parties.target
  if (fault === undefined)
    return new OutputError(
      'EXTERNAL_ID_STILL_ACCEPTED',
      `The role ${roleArn} still opens with the external id ${externalId}.`,
      {
        remedy:
          `Take ${externalId} out of the role’s trust policy, and leave the other one. IAM needs some ` +
          'seconds to hear of it.',
      },
    )
  return verdictOf(fault) === 'refused' ? undefined : inconclusive(fault, parties)
}

/** Why the right id did not open the role. */
export function refusalOf(fault: AwsFault, parties: ProbeParties): OutputError | TransientError {
  switch (verdictOf(fault)) {
    case 'refused':
      return notAssumable(fault, parties)
    case 'not permitted to us':
      return new TransientError(
        'PRINCIPAL_NOT_PERMITTED',
        `Sluice’s own AWS identity ${parties.principalArn} could not call sts:AssumeRole.`,
        { details: detailsOf(fault) },
      )
    case 'passing':
      return inconclusive(fault, parties)
    case 'not ours to judge':
      return fault.code === 'AccessDenied'
        ? notAssumable(fault, parties)
        : inconclusive(fault, parties)
  }
}

function inconclusive(fault: AwsFault, { target }: ProbeParties): TransientError {
  return new TransientError(
    'AWS_UNAVAILABLE',
    `AWS gave no clear answer about the role ${target.roleArn} (${fault.code}), so it was not used.`,
    { details: detailsOf(fault) },
  )
}

function roleIgnoresId(opened: ProbeKind[], parties: ProbeParties): OutputError {
  const { target } = parties
  const sent = opened.map((kind) => probeTexts[kind]).join(', with ')
  return new OutputError(
    'ROLE_IGNORES_EXTERNAL_ID',
    `The role ${target.roleArn} let Sluice in with ${sent}. Whoever makes Sluice use this ` +
      'role’s ARN could reach your bucket, so nothing was sent.',
    {
      remedy:
        'Let the role’s trust policy demand the external id of this output, and nothing less: no ' +
        `wildcard, no second statement without the condition. ${trustPolicyAdvice(parties)}`,
      details: { opened },
    },
  )
}

function notAssumable(fault: AwsFault, parties: ProbeParties): OutputError {
  const { target, principalArn } = parties
  const { name, accountId } = roleOf(target.roleArn)
  return new OutputError(
    'ROLE_NOT_ASSUMABLE',
    `The role ${target.roleArn} refuses ${principalArn} with the external id ${target.externalId}. ` +
      'AWS does not say which of the two it was, or whether the role is there at all.',
    {
      remedy:
        `In the account ${accountId}, in this order: (1) the role must exist under exactly this ARN, ` +
        `path included: aws iam get-role --role-name ${name} (2) its trust policy must demand exactly ` +
        `the external id ${target.externalId} (3) it must name the principal ${principalArn}; if that ` +
        'principal was made anew since, save the trust policy again (4) no policy of your ' +
        `organization may deny sts:AssumeRole. ${trustPolicyAdvice(parties)}`,
      details: detailsOf(fault),
    },
  )
}

function trustPolicyAdvice({ target, principalArn }: ProbeParties): string {
  const { roleArn, externalId } = target
  return `To set the trust policy: ${trustCommand({ roleArn, principalArn, externalIds: [externalId] })}`
}
