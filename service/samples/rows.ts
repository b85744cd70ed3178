import type { Generated } from 'kysely'
import type { SampleType } from './tables.ts'

interface SampleProgressRow {
  only_one: Generated<boolean>
  watermark: Date
  closed_until: Date
  closing_before: Date | null
}

interface SampleLeaseRow {
  id: string
  stored_until: Date
  expires_at: Date
}

export interface SampleHourRow {
  license_key: string
  type: SampleType
  hour: Date
  revision: number
  stored_before: Date
  row_count: number
  duplicate_count: number
  checksum: string
  expires_at: Date
  purged: Generated<boolean>
}

interface SampleTouchedHourRow {
  id: string
  license_key: string
  hour: Date
  lease_id: string
  settle_from: Date | null
  purge: Generated<boolean>
}

declare module '#database' {
  interface Tables {
    sample_progress: SampleProgressRow
    sample_leases: SampleLeaseRow
    sample_hours: SampleHourRow
    sample_touched_hours: SampleTouchedHourRow
  }
}
