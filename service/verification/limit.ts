import type { Database, OrganizationScope } from '#database'
import { CallerError } from '#errors'
import type { S3RoleBasedOutput } from '#outputs'

const HOUR_MS = 3_600_000
/** Each takes some 15 calls of STS, whose rate all organizations share; a GLOBAL id rotates for many roles at once. */
const PER_ROLE_AN_HOUR_MAX = 20
const PER_ORGANIZATION_AN_HOUR_MAX = 500

/**
 * Notes a verification, or a proof that a caller asked for, when it begins: one caller after the other, so
 * that many at once are not more. Throws TOO_MANY_REQUESTS, so that nobody tries strangers’ roles through us.
 */
export async function countVerification(
  scope: OrganizationScope,
  begun: { id: string; output: S3RoleBasedOutput },
): Promise<void> {
  const { id, output } = begun
  const createdAt = scope.clock.now()
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

/** Those of proofs, and of verifications that broke off: without a report they serve the count alone. */
export async function removeOldCounts(database: Database, now: Date): Promise<void> {
  await database.db
    .deleteFrom('verifications')
    .where('report', 'is', null)
    .where('created_at', '<', new Date(now.getTime() - HOUR_MS))
    .execute()
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
