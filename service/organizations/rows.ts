import type { OrganizationId, OrganizationIdColumn } from '#database'

export interface OrganizationRow {
  id: OrganizationId
  parent_id: OrganizationId | null
  name: string
  label_color: string | null
  is_operator: boolean
  created_at: Date
  modified_at: Date
}

export interface ApiKeyRow {
  id: string
  organization_id: OrganizationIdColumn
  name: string
  sha256: string
  created_at: Date
  revoked_at: Date | null
}

declare module '#database' {
  interface Tables {
    organizations: OrganizationRow
    api_keys: ApiKeyRow
  }
}
