import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { asOrganizationId, type Clock, type Database, type OrganizationId } from '#database'
import type { EventType } from './events.ts'

/** A delivery that one process may send until its lease ends; longer than any attempt takes. */
const LEASE_MS = 60_000
/** Of one organization at once, over all processes: its slow receivers keep nobody else waiting. */
const PER_ORGANIZATION_MAX = 3

export interface ClaimedDelivery {
  readonly id: string
  readonly leaseId: string
  readonly organizationId: OrganizationId
  readonly webhookId: string
  readonly event: EventType
  readonly payload: string
  readonly failures: number
  /** Since when it was due. A replay that is asked for meanwhile moves it. */
  readonly availableAt: Date
  readonly url: string
  /** The present one, and the one before while it still signs. */
  readonly sealedSecrets: readonly [string, ...string[]]
}

/** Takes the delivery that is due for longest, of any organization, whose webhook is enabled. */
export async function claimDelivery(
  database: Database,
  clock: Clock,
): Promise<ClaimedDelivery | undefined> {
  const now = clock.now()
  const leaseId = randomUUID()
  const claimed = await database.db
    .updateTable('webhook_deliveries')
    .set({ lease_id: leaseId, lease_until: new Date(now.getTime() + LEASE_MS) })
    .where(
      'id',
      '=',
      sql<string>`(
        select d.id from webhook_deliveries d
        join webhooks w on w.id = d.webhook_id and w.organization_id = d.organization_id
        where d.status = 'PENDING' and d.available_at <= ${now} and w.enabled
          and (d.lease_until is null or d.lease_until <= ${now})
          and (select count(*) from webhook_deliveries o where o.organization_id = d.organization_id
            and o.lease_id is not null and o.lease_until > ${now}) < ${PER_ORGANIZATION_MAX}
        order by d.available_at limit 1 for update of d skip locked)`,
    )
    .returningAll()
    .executeTakeFirst()
  if (claimed === undefined) return undefined
  const webhook = await database.db
    .selectFrom('webhooks')
    .select(['url', 'secret', 'old_secret', 'old_secret_until'])
    .where('id', '=', claimed.webhook_id)
    .executeTakeFirst()
  if (webhook === undefined) return undefined // deleted, and the delivery with it
  const { secret, old_secret, old_secret_until } = webhook
  const isOldValid = old_secret !== null && old_secret_until !== null && old_secret_until > now
  return {
    id: claimed.id,
    leaseId,
    organizationId: asOrganizationId(claimed.organization_id),
    webhookId: claimed.webhook_id,
    event: claimed.event,
    payload: claimed.payload,
    failures: claimed.failures,
    availableAt: claimed.available_at,
    url: webhook.url,
    sealedSecrets: [secret, ...(isOldValid ? [old_secret] : [])],
  }
}
