import { randomUUID } from 'node:crypto'
import type { OrganizationScope } from '#database'
import type { Check } from '#delivery'
import { findSetupValues, getOutput, listOtherOutputs, recordAccess, targetOf } from '#outputs'
import { countVerification } from './limit.ts'
import { partiesOf } from './parties.ts'
import { beginProgress, VERIFICATION_MS_MAX, writeProgress } from './progress.ts'
import { reportOf, type StoredReport, textOfWait } from './report.ts'
import { findVerdict, type RoleParts, verdictsOf } from './verdicts.ts'

export interface Verification extends StoredReport {
  readonly id: string
  readonly outputId: string
  readonly createdAt: Date
}

const DAY_MS = 86_400_000
/** The last one of an output is kept for good. */
const KEPT_DAYS = 90

/**
 * Does everything that an export through the output would do, but for its files, and keeps the report.
 * Resolves with a report also of a role that is wrong. Throws NOT_FOUND, and TOO_MANY_REQUESTS so that
 * nobody tries strangers' roles through us.
 */
export async function verifyOutput(
  parts: RoleParts,
  asked: { outputId: string; wholeObject: boolean; signal: AbortSignal },
): Promise<Verification> {
  const { scope, delivery, principalArn } = parts
  const { outputId, wholeObject } = asked
  const output = await getOutput(scope, outputId)
  const id = randomUUID()
  const createdAt = scope.clock.now()
  await countVerification(scope, { id, output })
  await beginProgress(scope, id)
  const why = 'verification'
  const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(VERIFICATION_MS_MAX)])
  const { roleArn, externalId } = output
  const before = await findVerdict(parts, { roleArn, externalId })
  const values = await findSetupValues(scope, output, principalArn)
  const history = { hasPassed: Boolean(before?.passed_at) }
  const evidence = { values, parties: partiesOf(values), history }
  const ended: Check[] = []
  try {
    const checks = await delivery.inspect(targetOf(output), {
      signal,
      why,
      wholeObject,
      otherOutputs: await listOtherOutputs(scope, output),
      verdicts: verdictsOf(parts, { output, why }),
      onAccess: (access) => recordAccess(scope, { outputId, taskId: undefined, access }),
      onCheck: (check) => {
        ended.push(check)
        return writeProgress(scope, id, { steps: reportOf(ended, evidence).steps })
      },
      onWait: (name) =>
        writeProgress(scope, id, {
          steps: reportOf(ended, evidence).steps,
          waitsFor: textOfWait(name, values),
        }),
    })
    const report = reportOf(checks, evidence)
    await endVerification(scope, { id, outputId, report })
    return { id, outputId, createdAt, ...report }
  } catch (error) {
    const { steps } = reportOf(ended, evidence)
    await writeProgress(scope, id, { steps, isBrokenOff: true }).catch(() => {}) // it ends by its age
    throw error
  }
}

/** The last report of the output; undefined where it was never verified. Throws NOT_FOUND. */
export async function findVerification(
  scope: OrganizationScope,
  outputId: string,
): Promise<Verification | undefined> {
  await getOutput(scope, outputId)
  const row = await scope
    .selectFrom('verifications')
    .selectAll()
    .where('output_id', '=', outputId)
    .where('report', 'is not', null)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row?.report) return undefined
  return { id: row.id, outputId, createdAt: row.created_at, ...row.report }
}

async function endVerification(
  scope: OrganizationScope,
  ended: { id: string; outputId: string; report: StoredReport },
): Promise<void> {
  const { id, outputId, report } = ended
  await scope
    .updateTable('verifications')
    .set({ report: JSON.stringify(report) })
    .where('id', '=', id)
    .execute()
  const oldest = new Date(scope.clock.now().getTime() - KEPT_DAYS * DAY_MS)
  await scope
    .deleteFrom('verifications')
    .where('output_id', '=', outputId)
    .where('id', '!=', id)
    .where('created_at', '<', oldest)
    .execute()
}
