import type { ColumnType, Generated } from 'kysely'
import type { OrganizationIdColumn } from '#database'
import type { PersonRows, SampleType } from '#samples'

export type SubjectType = 'USER_ID' | 'CUSTOM_USER_ID' | 'IMPRESSION_ID'

/** jsonb: written as its text, read as its value. */
type Json<Value> = ColumnType<Value | null, string | null | undefined, string | null>

/** Instants as jsonb has them. */
export type PendingJson = { licenseKey: string; rows: Stored<PersonRows> }
type Stored<Value> = Value extends Date
  ? string
  : Value extends object
    ? { [Key in keyof Value]: Stored<Value[Key]> }
    : Value

export interface PrivacyDeletionRow {
  id: string
  organization_id: OrganizationIdColumn
  type: SubjectType
  subject_sha256: string
  license_key: string | null
  reference: string | null
  status: 'STARTED' | 'FINISHED'
  created_at: Date
  finished_at: Date | null
  sample_count: Generated<number>
  ad_count: Generated<number>
  error_detail_count: Generated<number>
  subject: string | null
  license_keys: Json<string[]>
  pending: Json<PendingJson>
  lease_id: ColumnType<string | null, string | undefined, string | null>
  lease_until: ColumnType<Date | null, Date | undefined, Date | null>
}

interface PrivacyDeletionHourRow {
  deletion_id: string
  organization_id: OrganizationIdColumn
  license_key: string
  type: SampleType
  hour: Date
  first_time: Date
  last_time: Date
  stored_from: Date
  deleted_before: Date | null
}

declare module '#database' {
  interface Tables {
    privacy_deletions: PrivacyDeletionRow
    privacy_deletion_hours: PrivacyDeletionHourRow
  }
}
