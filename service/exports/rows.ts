import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { OrganizationId, OrganizationIdColumn } from '#database'
import type { Compression, SampleType } from '#samples'
import type { LogEvent } from './log.ts'
import type { Layout } from './plan.ts'
import type { TaskState } from './status.ts'

/** jsonb: written as its text, read as its value. */
type Json<Value> = ColumnType<Value, string, string>

/** An hour as pinned: what #samples gave, its instants as text. */
export type PinnedJson = Record<string, unknown>

export interface ExportTaskRow {
  id: string
  organization_id: OrganizationIdColumn
  name: string
  description: string | null
  /** Of a license, or the id of a virtual license. */
  license_key: string
  license_keys: Json<string[]>
  output_id: string
  output_path: string
  overwrite: boolean
  type: SampleType
  columns: Json<string[]>
  file_format: 'CSV' | 'PARQUET'
  compression: Compression
  layout: Layout
  file_number: number
  start_time: Date
  end_time: Date
  definition: string
  status: TaskState
  created_at: Date
  retried_at: Generated<Date | null>
  started_at: Date | null
  finished_at: Date | null
  watermark: Date | null
  error_code: string | null
  error_message: string | null
  error_remedy: string | null
  available_at: Date
  lease_id: string | null
  lease_until: Date | null
  worker_id: Generated<string | null>
  failures: Generated<number>
  attempts: Generated<number>
  bucket_name: string
  role_arn: string
  replaced_by: string | null
  gave_way: Generated<boolean>
}

export interface ExportFileRow {
  task_id: string
  position: number
  organization_id: OrganizationIdColumn
  bucket_name: string
  object_key: string
  start_time: Date | null
  end_time: Date | null
  pinned: Json<PinnedJson> | null
  row_count: number | null
  bytes: number | null
  sha256: string | null
  md5: string | null
  first_time: Date | null
  last_time: Date | null
  claimed_at: Date | null
  upload_ids: ColumnType<string[], string | undefined, string>
  delivered_at: Date | null
  attempts: Generated<number>
  error_code: string | null
  error_message: string | null
  replaces: Generated<boolean>
}

export interface ExportLogRow {
  task_id: string
  position: GeneratedAlways<number>
  organization_id: OrganizationIdColumn
  at: Date
  event: LogEvent
  message: string
}

/** Not of the organization: whose turn it is, which nobody but the worker asks. */
interface ExportTurnRow {
  organization_id: OrganizationId
  claimed_at: Date | null
  root_claimed_at: Date | null
}

/** Of no organization. */
interface WorkerRow {
  id: string
  host: string
  process_id: number
  concurrency: number
  started_at: Date
  seen_at: Date
}

interface ExportBucketRow {
  organization_id: OrganizationIdColumn
  bucket_name: string
}

declare module '#database' {
  interface Tables {
    export_tasks: ExportTaskRow
    export_files: ExportFileRow
    export_buckets: ExportBucketRow
    export_log: ExportLogRow
    export_turns: ExportTurnRow
    workers: WorkerRow
  }
}
