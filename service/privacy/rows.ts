import type { Generated } from 'kysely'
import type { OrganizationIdColumn } from '#database'
import type { SampleType } from '#samples'

export type SubjectType = 'USER_ID' | 'CUSTOM_USER_ID' | 'IMPRESSION_ID'

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
}

export interface PrivacyDeletionHourRow {
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
