import type { AwsCall, Check, CheckName, CheckStatus } from '#delivery'
import type { SetupValues } from '#setup'
import type { Cause } from './causes.ts'
import { causesOfBucket, causesOfWrite } from './causes-of-bucket.ts'
import {
  causesOfOpenRole,
  causesOfPrincipal,
  causesOfRefusal,
  type Ranked,
  type RoleHistory,
} from './causes-of-role.ts'
import { describeCauses, type Parties } from './remedies.ts'
import type { Verdict } from './rows.ts'

export const actors = ['CUSTOMER', 'OPERATOR', 'NOBODY'] as const

/** One check as its reader meets it. */
export interface VerificationStep {
  readonly name: CheckName
  readonly status: CheckStatus
  readonly message: string
  /** The catalogue's code; absent where nothing is wrong. */
  readonly code?: string
  /** Who must act. */
  readonly actor?: (typeof actors)[number]
  /** That of the likeliest cause. */
  readonly remedy?: string
  /** The likeliest first. */
  readonly causes: readonly Cause[]
  readonly calls: readonly StepCall[]
  readonly durationMs: number
}

/** A call of AWS, without what may open a door. */
interface StepCall {
  readonly operation: string
  readonly sent: string
  readonly at: string
  readonly durationMs: number
  /** `OK`, or AWS's code. */
  readonly answer: string
  readonly message?: string
  readonly httpStatus?: number
  readonly requestId?: string
  readonly extendedRequestId?: string
}

/** As it is kept. Plain JSON. */
export interface StoredReport {
  readonly verdict: Verdict
  readonly roleArn: string
  readonly externalId: string
  readonly principalArn: string
  readonly sessionName: string
  readonly bucketName: string
  readonly pathPrefix: string
  readonly steps: readonly VerificationStep[]
}

interface Evidence {
  readonly values: SetupValues
  readonly parties: Parties
  readonly history: RoleHistory
}

export function reportOf(checks: readonly Check[], evidence: Evidence): StoredReport {
  const { values, parties } = evidence
  const { roleArn, principalArn, bucketName, pathPrefix } = values
  return {
    verdict: verdictOfChecks(checks),
    roleArn,
    externalId: values.externalIds[0] ?? '',
    principalArn,
    sessionName: parties.sessionName,
    bucketName,
    pathPrefix,
    steps: checks.map((check) => stepOf(check, evidence)),
  }
}

/** Doubt anywhere is no PASS; a fault of ours says nothing of the customer's set-up. */
function verdictOfChecks(checks: readonly Check[]): Verdict {
  const decisive = checks.find(({ status }) => status === 'FAILED' || status === 'INCONCLUSIVE')
  if (decisive === undefined) return 'PASSED'
  return decisive.status === 'FAILED' && actorOf(decisive) === 'CUSTOMER'
    ? 'FAILED'
    : 'INCONCLUSIVE'
}

function stepOf(check: Check, evidence: Evidence): VerificationStep {
  const { name, status, problem, calls, durationMs } = check
  const plain = { name, status, calls: calls.map(callOf), durationMs }
  if (problem === undefined) return { ...plain, message: messageOf(check, evidence), causes: [] }
  const { found } = check
  const other = found.opensInstead
  const parties = {
    ...evidence.parties,
    ...(found.region !== undefined && { foundRegion: found.region }),
    ...(other?.kind === 'OTHER_OUTPUT_ID' && { otherOutputId: other.outputId }),
  }
  const causes = describeCauses(causesOf(check, evidence), parties)
  const remedy = causes[0]?.remedy
  const actor = actorOf(check)
  const { code, message } = problem
  return { ...plain, message, code, actor, ...(remedy && { remedy }), causes }
}

function actorOf({ problem }: Check): (typeof actors)[number] {
  if (problem?.code === 'PRINCIPAL_NOT_PERMITTED') return 'OPERATOR'
  return problem?.code === 'AWS_UNAVAILABLE' ? 'NOBODY' : 'CUSTOMER'
}

function causesOf(check: Check, { values, history }: Evidence): Ranked[] {
  const { expectedBucketOwner, bucketOwnerFullControl } = values
  const isCrossAccount = expectedBucketOwner !== undefined
  switch (check.name) {
    case 'PRINCIPAL':
      return causesOfPrincipal(check)
    case 'ROLE':
      return causesOfRefusal(check, history)
    case 'EXTERNAL_ID':
      return causesOfOpenRole(check)
    case 'BUCKET':
      return causesOfBucket(check)
    case 'WRITE':
    case 'WHOLE_OBJECT':
      return causesOfWrite(check, {
        isCrossAccount,
        sendsAcl: isCrossAccount && bucketOwnerFullControl,
      })
  }
}

const skippedTexts: Partial<Record<CheckName, string>> = {
  WHOLE_OBJECT: 'Not asked for: the step before needs no object.',
}

function messageOf({ name, status, found, calls }: Check, { parties }: Evidence): string {
  if (status === 'SKIPPED')
    return skippedTexts[name] ?? 'Not tried, since a step before has not passed.'
  const left = found.leftBehind && ` The role may not remove ${found.leftBehind}.`
  switch (name) {
    case 'PRINCIPAL':
      return `Sluice is ${parties.principalArn}.`
    case 'ROLE':
      return 'The role opened for Sluice with the external id.'
    case 'EXTERNAL_ID':
      return (
        'The role refused Sluice without an external id, with a random one, with one that was never ' +
        'issued, and with the right one but for a character; and once more after a pause.'
      )
    case 'BUCKET':
      return (
        `The bucket is in ${found.region}.` +
        (calls.at(-1)?.fault === undefined ? '' : ' The role may not look at it, and need not.') +
        ' Whose it is only a write proves.'
      )
    case 'WRITE':
      return (
        `S3 took the beginning of an upload and a part of it, and ${parties.bucketOwner} as the ` +
        `bucket’s owner; then the upload was given up.${left ?? ' Nothing is left of it.'}`
      )
    case 'WHOLE_OBJECT':
      return `S3 took an object.${left ?? ' It was removed again.'}`
  }
}

/** While a check asks again what AWS has refused. */
export function textOfWait(name: CheckName, { roleArn, bucketName }: SetupValues): string {
  const refused =
    name === 'ROLE'
      ? `AWS does not open ${roleArn} for Sluice so far.`
      : `S3 refuses to write to ${bucketName} so far.`
  return `${refused} What was changed in IAM just now takes some seconds to arrive, so it is asked again.`
}

function callOf(call: AwsCall): StepCall {
  const { operation, sent, at, durationMs, fault, requestId, extendedRequestId } = call
  return {
    operation,
    sent,
    at: at.toISOString(),
    durationMs,
    answer: fault?.code ?? 'OK',
    ...(fault?.message && { message: fault.message }),
    ...(fault?.status !== undefined && { httpStatus: fault.status }),
    ...(requestId !== undefined && { requestId }),
    ...(extendedRequestId !== undefined && { extendedRequestId }),
  }
}
