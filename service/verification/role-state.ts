import type { OrganizationScope } from '#database'
import { getOutput } from '#outputs'
import type { ClearVerdict, Verdict } from './rows.ts'
import { findVerdict, listTurns } from './verdicts.ts'

/** What is known of an output's role now, whoever's use of it has shown it. */
export interface RoleState {
  readonly verdict: Verdict
  readonly since: Date
  readonly probedAt: Date
  readonly nextProbeAt: Date
  readonly code?: string
  readonly message?: string
  readonly remedy?: string
  readonly inconclusiveMessage?: string
  readonly turns: readonly { at: Date; verdict: ClearVerdict; why: string; code?: string }[]
}

/** Undefined for a role that was never probed. Throws NOT_FOUND. */
export async function findRoleState(
  parts: { scope: OrganizationScope; principalArn: string },
  outputId: string,
): Promise<RoleState | undefined> {
  const key = await getOutput(parts.scope, outputId)
  const row = await findVerdict(parts, key)
  if (row === undefined) return undefined
  const turns = await listTurns(parts, key)
  return {
    verdict: row.verdict,
    since: row.since,
    probedAt: row.probed_at,
    nextProbeAt: row.next_probe_at,
    ...present({ code: row.code, message: row.message, remedy: row.remedy }),
    ...present({ inconclusiveMessage: row.inconclusive_message }),
    turns: turns.map(({ at, verdict, why, code }) => ({ at, verdict, why, ...present({ code }) })),
  }
}

function present<Name extends string>(members: Record<Name, string | null>) {
  const given = Object.entries(members).filter(([, value]) => value !== null)
  return Object.fromEntries(given) as Partial<Record<Name, string>>
}
