import { OutputError, type TransientError } from '#errors'
import type { AwsCall } from './aws-call.ts'
import type { WrongProbeKind } from './probes.ts'
import type { OpensInstead } from './slips.ts'

export const checkNames = [
  'PRINCIPAL',
  'ROLE',
  'EXTERNAL_ID',
  'BUCKET',
  'WRITE',
  'WHOLE_OBJECT',
] as const
export type CheckName = (typeof checkNames)[number]
export const checkStatuses = ['PASSED', 'FAILED', 'SKIPPED', 'INCONCLUSIVE'] as const
export type CheckStatus = (typeof checkStatuses)[number]
export type Problem = OutputError | TransientError

/** What one check of a target has found, as evidence; what it means is for its reader to say. */
export interface Check {
  readonly name: CheckName
  readonly status: CheckStatus
  readonly durationMs: number
  readonly calls: readonly AwsCall[]
  /** Why it is FAILED or INCONCLUSIVE. */
  readonly problem: Problem | undefined
  readonly found: CheckFindings
}

/** What the calls have shown beside the status. */
export interface CheckFindings {
  /** Wrong probes that opened the role. */
  readonly opened?: readonly WrongProbeKind[]
  /** What opened the role in place of the right call. */
  readonly opensInstead?: OpensInstead
  readonly region?: string
  /** S3 takes the same call from one who says that they pay. */
  readonly isRequesterPays?: true
  /** An upload or object that could not be removed. */
  readonly leftBehind?: string
}

export function checkOf(
  name: CheckName,
  calls: readonly AwsCall[],
  ended: { problem?: Problem | undefined; found?: CheckFindings } = {},
): Check {
  const { problem, found = {} } = ended
  const durationMs = calls.reduce((sum, call) => sum + call.durationMs, 0)
  return { name, status: statusOf(problem), durationMs, calls, problem, found }
}

export function skipped(name: CheckName, calls: readonly AwsCall[] = []): Check {
  return { ...checkOf(name, calls), status: 'SKIPPED' }
}

function statusOf(problem: Problem | undefined): CheckStatus {
  if (problem === undefined) return 'PASSED'
  const isOurFailure = problem.code === 'PRINCIPAL_NOT_PERMITTED'
  return problem instanceof OutputError || isOurFailure ? 'FAILED' : 'INCONCLUSIVE'
}
