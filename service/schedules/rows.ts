import type { ColumnType, Generated } from 'kysely'
import type { OrganizationIdColumn } from '#database'
import type { ExportContent } from '#exports'
import type { Frequency } from './plan.ts'

/** What #exports makes of it, without the license, which has a column of its own. */
export type StoredContent = Omit<ExportContent, 'licenseKey' | 'columns'> & { columns: string[] }

export interface ExportScheduleRow {
  id: string
  organization_id: OrganizationIdColumn
  name: string
  description: string | null
  frequency: Frequency
  license_key: string
  output_id: string
  output_path: string
  content: ColumnType<StoredContent, string, never>
  bucket_name: string
  latest_key: string | null
  status: 'ACTIVE' | 'PAUSED'
  start_time: Date
  planned_until: Date
  complete_until: Date
  latest_until: Date | null
  latest_again_at: Date | null
  latest_error_code: string | null
  latest_error_message: string | null
  latest_error_remedy: string | null
  late_since: Date | null
  late_told_until: Date | null
  expired_hours: Generated<number>
  revisions_read_at: Date | null
  next_at: Date
  lease_id: string | null
  lease_until: Date | null
  created_at: Date
  modified_at: Date
  deleted_at: Date | null
}

interface ExportScheduleHourRow {
  schedule_id: string
  organization_id: OrganizationIdColumn
  start_time: Date
  end_time: Date
  number: number
  window_start: Date
  window_end: Date
  is_backfill: boolean
  task_id: string | null
  is_asked_again: Generated<boolean>
  replaces_task_id: string | null
  error_code: string | null
  error_message: string | null
  error_remedy: string | null
}

declare module '#database' {
  interface Tables {
    export_schedules: ExportScheduleRow
    export_schedule_hours: ExportScheduleHourRow
  }
}
