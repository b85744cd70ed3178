import type { ColumnType, Generated } from 'kysely'
import type { OrganizationId, OrganizationIdColumn } from '#database'
import type { EventType } from './events.ts'

export interface WebhookRow {
  id: string
  organization_id: OrganizationIdColumn
  name: string | null
  url: string
  events: ColumnType<EventType[], string, string>
  enabled: boolean
  disabled_because: string | null
  /** Sealed, and so is the one before: see sealed-secrets.ts. */
  secret: string
  old_secret: string | null
  old_secret_until: Date | null
  created_at: Date
  modified_at: Date
}

export const deliveryStatuses = ['PENDING', 'DELIVERED', 'FAILED'] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

export interface WebhookDeliveryRow {
  id: string
  organization_id: OrganizationIdColumn
  webhook_id: string
  event: EventType
  payload: string
  status: DeliveryStatus
  created_at: Date
  available_at: Date
  attempts: Generated<number>
  failures: Generated<number>
  attempted_at: Date | null
  delivered_at: Date | null
  response_code: number | null
  problem: string | null
  lease_id: string | null
  lease_until: Date | null
}

/** Not of the organization: whose turn it is, which nobody but the sender asks. */
interface WebhookTurnRow {
  organization_id: OrganizationId
  claimed_at: Date
}

declare module '#database' {
  interface Tables {
    webhooks: WebhookRow
    webhook_deliveries: WebhookDeliveryRow
    webhook_turns: WebhookTurnRow
  }
}
