import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { Database, OrganizationScope } from '#database'
import type { Delivery, RoleProof, RoleVerdicts } from '#delivery'
import { isSharedRole, readEnforcement, type S3RoleBasedOutput } from '#outputs'
import type { Telemetry } from '#telemetry'
import { enqueueEvent } from '#webhooks'
import { nextProbeAfter } from './next-probe.ts'
import type { RoleVerdictRow, RoleVerdictTurnRow } from './rows.ts'

export interface RoleParts {
  database: Database
  scope: OrganizationScope
  delivery: Delivery
  telemetry: Telemetry
  principalArn: string
}

/** Remembers what this use of the output's role shows. */
export function verdictsOf(
  parts: RoleParts,
  used: { output: S3RoleBasedOutput; why: string },
): RoleVerdicts {
  const { database, scope } = parts
  const { output, why } = used
  return {
    record: (externalId, proof) => recordVerdict(parts, { output, why, externalId, proof }),
    passedAt: async (externalId) => {
      const row = await findVerdict(parts, { roleArn: output.roleArn, externalId })
      return row?.passed_at ?? undefined
    },
    toleratesIgnoredId: async () =>
      (await readEnforcement(scope, output.id)) === 'WARN' &&
      !(await isSharedRole(database, output.roleArn)),
  }
}

interface Proven {
  output: S3RoleBasedOutput
  why: string
  externalId: string
  proof: RoleProof
}

/** A clear verdict replaces the last one; an unclear one leaves it, and only says that it was unclear. */
async function recordVerdict(parts: RoleParts, proven: Proven): Promise<void> {
  const { principalArn, telemetry } = parts
  const { output, why, externalId, proof } = proven
  const { roleArn } = output
  const hasTurned = await parts.scope.transaction(async (scope) => {
    const before = await findVerdict({ scope, principalArn }, { roleArn, externalId, lock: true })
    const now = scope.clock.now()
    const row = rowAfter(before, { ...proven, principalArn, now })
    await scope
      .insertInto('role_verdicts', row)
      .onConflict((conflict) =>
        conflict.columns(['role_arn', 'external_id', 'principal_arn']).doUpdateSet(row),
      )
      .execute()
    if (proof.verdict === 'INCONCLUSIVE' || !isTurn(before, proof)) return false
    const { verdict } = proof
    const turn = { id: randomUUID(), at: now, why, verdict, code: codeOf(proof) ?? null }
    await scope.insertInto('role_verdict_turns', { ...turn, ...keyOf(row) }).execute()
    if (before === undefined) return false
    const data = { outputId: output.id, verdict, code: turn.code }
    await enqueueEvent(scope, { type: 'verification.turned', data })
    return true
  })
  const { verdict } = proof
  if (hasTurned)
    telemetry.roleVerdictTurned({ outputId: output.id, verdict, why, code: codeOf(proof) })
}

function isTurn(before: Selectable<RoleVerdictRow> | undefined, proof: RoleProof): boolean {
  return before?.verdict !== proof.verdict
}

function codeOf(proof: RoleProof): string | undefined {
  return proof.verdict === 'PASSED' ? undefined : proof.error.code
}

function rowAfter(
  before: Selectable<RoleVerdictRow> | undefined,
  { output, externalId, proof, principalArn, now }: Proven & { principalArn: string; now: Date },
) {
  const probed = {
    role_arn: output.roleArn,
    external_id: externalId,
    principal_arn: principalArn,
    output_id: output.id,
    probed_at: now,
    next_probe_at: nextProbeAfter(proof.verdict, { now, random: Math.random() }),
  }
  const since = before?.verdict === proof.verdict ? before.since : now
  switch (proof.verdict) {
    case 'PASSED':
      return { ...probed, ...clear, verdict: proof.verdict, since, passed_at: now }
    case 'FAILED': {
      const { code, message, remedy } = proof.error
      return { ...probed, ...clear, verdict: proof.verdict, since, code, message, remedy }
    }
    case 'INCONCLUSIVE': {
      const kept = before ?? { ...clear, verdict: proof.verdict, since }
      const { verdict, since: keptSince, code, message, remedy, passed_at } = kept
      const left = { verdict, since: keptSince, code, message, remedy, passed_at }
      return { ...probed, ...left, inconclusive_message: proof.error.message }
    }
  }
}

const clear = {
  code: null,
  message: null,
  remedy: null,
  passed_at: null,
  inconclusive_message: null,
} as const

function keyOf(row: { role_arn: string; external_id: string; principal_arn: string }) {
  const { role_arn, external_id, principal_arn } = row
  return { role_arn, external_id, principal_arn }
}

/** Of the caller's own organization: nobody else has its external ids. */
export function findVerdict(
  { scope, principalArn }: Pick<RoleParts, 'scope' | 'principalArn'>,
  key: { roleArn: string; externalId: string; lock?: true },
): Promise<Selectable<RoleVerdictRow> | undefined> {
  const query = scope
    .selectFrom('role_verdicts')
    .selectAll()
    .where('role_arn', '=', key.roleArn)
    .where('external_id', '=', key.externalId)
    .where('principal_arn', '=', principalArn)
  return (key.lock ? query.forUpdate() : query).executeTakeFirst()
}

const TURNS_SHOWN_MAX = 20

/** The newest first. */
export function listTurns(
  { scope, principalArn }: Pick<RoleParts, 'scope' | 'principalArn'>,
  { roleArn, externalId }: { roleArn: string; externalId: string },
): Promise<Selectable<RoleVerdictTurnRow>[]> {
  return scope
    .selectFrom('role_verdict_turns')
    .selectAll()
    .where('role_arn', '=', roleArn)
    .where('external_id', '=', externalId)
    .where('principal_arn', '=', principalArn)
    .orderBy('at', 'desc')
    .limit(TURNS_SHOWN_MAX)
    .execute()
}
