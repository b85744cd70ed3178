import type { ColumnType } from 'kysely'
import type { OrganizationIdColumn } from '#database'

/** How PostgreSQL and PGlite both hand out `[{ id, url }]`; written as JSON text. */
export interface LicenseDomain {
  id: string
  url: string
}

export interface LicenseRow {
  id: string
  organization_id: OrganizationIdColumn
  license_key: string
  name: string
  time_zone: string
  retention_days: number
  ignore_dnt: boolean
  domains: ColumnType<LicenseDomain[], string, string>
  custom_data: ColumnType<Record<string, unknown>, string, string>
  created_at: Date
  modified_at: Date
}

declare module '#database' {
  interface Tables {
    licenses: LicenseRow
  }
}
