import type { ColumnType, Generated } from 'kysely'
import type { OrganizationIdColumn } from '#database'
import type { AccessAction } from '#delivery'
import type { CloudRegion } from './cloud-region.ts'
import type { RotationStep } from './external-ids/rotation-step.ts'
import type { ExternalIdEnforcement, ExternalIdMode } from './output.ts'

export interface ExternalIdRow {
  external_id: string
  organization_id: OrganizationIdColumn
  mode: ExternalIdMode
  issued_at: Date
  retired_at: Date | null
  handed_out_at: Date | null
  name: string | null
  description: string | null
  output_id: string | null
}

interface OrganizationExternalIdsRow {
  organization_id: OrganizationIdColumn
  global_external_id: string | null
}

export interface ExternalIdRotationRow {
  id: string
  organization_id: OrganizationIdColumn
  output_id: string | null
  step: RotationStep
  old_external_id: string
  next_external_id: string
  started_at: Date
  promoted_at: Date | null
  ended_at: Date | null
}

export interface OutputRow {
  id: string
  organization_id: OrganizationIdColumn
  name: string | null
  description: string | null
  bucket_name: string
  role_arn: string
  external_id: string
  external_id_mode: ExternalIdMode
  md5_meta_tag: string | null
  cloud_region: CloudRegion | null
  path_prefix: string | null
  expected_bucket_owner: string | null
  kms_key_arn: string | null
  bucket_owner_full_control: boolean
  external_id_enforcement: Generated<ExternalIdEnforcement>
  custom_data: ColumnType<Record<string, unknown>, string, string>
  created_at: Date
  modified_at: Date
  deleted_at: Date | null
}

export interface RoleAccessRow {
  id: string
  organization_id: OrganizationIdColumn
  output_id: string
  task_id: string | null
  at: Date
  why: string
  action: AccessAction
  session_name: string
  access_key_id: string | null
  object_key: string | null
  sts_request_ids: ColumnType<string[], string, string>
  s3_request_ids: ColumnType<string[], string, string>
  outcome: string
}

declare module '#database' {
  interface Tables {
    external_ids: ExternalIdRow
    organization_external_ids: OrganizationExternalIdsRow
    external_id_rotations: ExternalIdRotationRow
    outputs: OutputRow
    role_accesses: RoleAccessRow
  }
}
