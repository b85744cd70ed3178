import type { OrganizationScope } from '#database'
import { getOutput } from '#outputs'
import type { VerificationStep } from './report.ts'

/** All checks of a role that answers slowly, or was made just now. */
export const VERIFICATION_MS_MAX = 120_000

/** As it is kept while a verification is under way. Plain JSON. */
export interface StoredProgress {
  readonly steps: readonly VerificationStep[]
  /** What the step that is under way waits for. */
  readonly waitsFor?: string
  readonly isBrokenOff?: true
}

export interface Progress {
  readonly id: string
  readonly outputId: string
  readonly createdAt: Date
  /** BROKEN_OFF: the caller has gone, or the process has died; there is no report. */
  readonly status: 'RUNNING' | 'ENDED' | 'BROKEN_OFF'
  readonly steps: readonly VerificationStep[]
  readonly waitsFor?: string
}

/** A proof that rotates an external id is counted as a verification is, and has no steps to show. */
export function beginProgress(scope: OrganizationScope, id: string): Promise<void> {
  return writeProgress(scope, id, { steps: [] })
}

export async function writeProgress(
  scope: OrganizationScope,
  id: string,
  progress: StoredProgress,
): Promise<void> {
  await scope
    .updateTable('verifications')
    .set({ progress: JSON.stringify(progress) })
    .where('id', '=', id)
    .execute()
}

/** Of the newest verification that was asked for; undefined where the output has none. Throws NOT_FOUND. */
export async function findProgress(
  scope: OrganizationScope,
  outputId: string,
): Promise<Progress | undefined> {
  await getOutput(scope, outputId)
  const row = await scope
    .selectFrom('verifications')
    .selectAll()
    .where('output_id', '=', outputId)
    .where((eb) => eb.or([eb('report', 'is not', null), eb('progress', 'is not', null)]))
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { id, created_at: createdAt, report, progress } = row
  if (report !== null) return { id, outputId, createdAt, status: 'ENDED', steps: report.steps }
  const isOver = scope.clock.now().getTime() > createdAt.getTime() + VERIFICATION_MS_MAX
  const status = progress?.isBrokenOff || isOver ? 'BROKEN_OFF' : 'RUNNING'
  const steps = progress?.steps ?? []
  const waitsFor = status === 'RUNNING' && progress?.waitsFor
  return { id, outputId, createdAt, status, steps, ...(waitsFor && { waitsFor }) }
}
