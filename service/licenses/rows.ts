import type { ColumnType } from 'kysely'
import type { OrganizationIdColumn } from '#database'

/** How PostgreSQL and PGlite both hand out `[{ id, url }]`; written as JSON text. */
export interface LicenseDomain {
  id: string
  url: string
}

/** `{ customData1: … }` */
export type CustomDataFieldLabels = Record<string, string>

export interface LicenseRow {
  id: string
  organization_id: OrganizationIdColumn
  license_key: string
  name: string
  time_zone: string
  retention_days: number
  ignore_dnt: boolean
  domains: ColumnType<LicenseDomain[], string, string>
  industry: string | null
  sub_industry: string | null
  custom_data_field_labels: ColumnType<CustomDataFieldLabels, string | undefined, string>
  custom_data: ColumnType<Record<string, unknown>, string, string>
  created_at: Date
  modified_at: Date
}

export interface VirtualLicenseRow {
  id: string
  organization_id: OrganizationIdColumn
  name: string
  time_zone: string
  custom_data_field_labels: ColumnType<CustomDataFieldLabels, string, string>
  created_at: Date
  modified_at: Date
}

interface VirtualLicenseMemberRow {
  virtual_license_id: string
  position: number
  organization_id: OrganizationIdColumn
  license_id: string
}

declare module '#database' {
  interface Tables {
    licenses: LicenseRow
    virtual_licenses: VirtualLicenseRow
    virtual_license_members: VirtualLicenseMemberRow
  }
}
