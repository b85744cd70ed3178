import type { ColumnType } from 'kysely'
import type { OrganizationIdColumn } from '#database'
import type { StoredProgress } from './progress.ts'
import type { StoredReport } from './report.ts'

export type ClearVerdict = 'PASSED' | 'FAILED'
export type Verdict = ClearVerdict | 'INCONCLUSIVE'

export interface RoleVerdictRow {
  role_arn: string
  external_id: string
  principal_arn: string
  organization_id: OrganizationIdColumn
  output_id: string
  verdict: Verdict
  since: Date
  code: string | null
  message: string | null
  remedy: string | null
  passed_at: Date | null
  probed_at: Date
  inconclusive_message: string | null
  next_probe_at: Date
}

export interface RoleVerdictTurnRow {
  id: string
  organization_id: OrganizationIdColumn
  role_arn: string
  external_id: string
  principal_arn: string
  at: Date
  why: string
  verdict: ClearVerdict
  code: string | null
}

interface VerificationRow {
  id: string
  organization_id: OrganizationIdColumn
  output_id: string
  role_arn: string
  created_at: Date
  report: ColumnType<StoredReport | null, string | null, string>
  progress: ColumnType<StoredProgress | null, never, string>
}

interface VerificationGateRow {
  organization_id: OrganizationIdColumn
  locked_at: Date
}

declare module '#database' {
  interface Tables {
    role_verdicts: RoleVerdictRow
    role_verdict_turns: RoleVerdictTurnRow
    verifications: VerificationRow
    verification_gates: VerificationGateRow
  }
}
