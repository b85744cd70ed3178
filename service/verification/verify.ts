import { randomUUID } from 'node:crypto'
import type { OrganizationScope } from '#database'
import { CallerError } from '#errors'
import {
  findSetupValues,
  getOutput,
  listOtherOutputs,
  recordAccess,
  type S3RoleBasedOutput,
  targetOf,
} from '#outputs'
import { partiesOf } from './parties.ts'
import { reportOf, type StoredReport } from './report.ts'
import { findVerdict, type RoleParts, verdictsOf } from './verdicts.ts'

export interface Verification extends StoredReport {
  readonly id: string
  readonly outputId: string
  readonly createdAt: Date
}

const HOUR_MS = 3_600_000
/** Each takes some 15 calls of STS, whose rate all organizations share. */
const PER_ROLE_AN_HOUR_MAX = 20
const PER_ORGANIZATION_AN_HOUR_MAX = 100
/** The last one of an output is kept for good. */
const KEPT_DAYS = 90
/** All checks of a role that answers slowly, or was made just now. */
const TIMEOUT_MS = 120_000

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
  await beginVerification(scope, { id, output, createdAt })
  const why = 'verification'
  const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(TIMEOUT_MS)])
  const { roleArn, externalId } = output
  const before = await findVerdict(parts, { roleArn, externalId })
  const checks = await delivery.inspect(targetOf(output), {
    signal,
    why,
    wholeObject,
    otherOutputs: await listOtherOutputs(scope, output),
    verdicts: verdictsOf(parts, { output, why }),
    onAccess: (access) => recordAccess(scope, { outputId, taskId: undefined, access }),
  })
  const values = await findSetupValues(scope, output, principalArn)
  const history = {
    hasPassed: before !== undefined && (before.passed_at ?? undefined) !== undefined,
  }
  const report = reportOf(checks, { values, parties: partiesOf(values), history })
  await endVerification(scope, { id, outputId, report })
  return { id, outputId, createdAt, ...report }
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

/** Counted when they begin, one caller after the other, so that many at once are not more. */
async function beginVerification(
  scope: OrganizationScope,
  begun: { id: string; output: S3RoleBasedOutput; createdAt: Date },
): Promise<void> {
  const { id, output, createdAt } = begun
  await scope.transaction(async (tx) => {
    const gate = { locked_at: createdAt }
    await tx
      .insertInto('verification_gates', gate)
      .onConflict((conflict) => conflict.column('organization_id').doUpdateSet(gate))
      .execute()
    const recent = await tx
      .selectFrom('verifications')
      .select(['role_arn', 'created_at'])
      .where('created_at', '>', new Date(createdAt.getTime() - HOUR_MS))
      .orderBy('created_at')
      .execute()
    const ofRole = recent.filter(({ role_arn }) => role_arn === output.roleArn)
    refuseMany(recent, { max: PER_ORGANIZATION_AN_HOUR_MAX, what: 'this organization', createdAt })
    refuseMany(ofRole, { max: PER_ROLE_AN_HOUR_MAX, what: `the role ${output.roleArn}`, createdAt })
    const row = { id, output_id: output.id, role_arn: output.roleArn, created_at: createdAt }
    await tx.insertInto('verifications', { ...row, report: null }).execute()
  })
}

function refuseMany(
  recent: { created_at: Date }[],
  { max, what, createdAt }: { max: number; what: string; createdAt: Date },
): void {
  const oldest = recent.at(-max)
  if (oldest === undefined) return
  const freeAt = oldest.created_at.getTime() + HOUR_MS
  throw new CallerError(
    'TOO_MANY_REQUESTS',
    `At most ${max} verifications an hour are made for ${what}.`,
    { retryAfterSeconds: Math.max(1, Math.ceil((freeAt - createdAt.getTime()) / 1000)) },
  )
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
  const oldest = new Date(scope.clock.now().getTime() - KEPT_DAYS * 24 * HOUR_MS)
  await scope
    .deleteFrom('verifications')
    .where('output_id', '=', outputId)
    .where('id', '!=', id)
    .where('created_at', '<', oldest)
    .execute()
}
