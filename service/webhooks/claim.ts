import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { asOrganizationId, type Clock, type Database, type OrganizationId } from '#database'
import type { EventType } from './events.ts'

/** A delivery that one process may send until its lease ends; longer than any attempt takes. */
const LEASE_MS = 60_000
/**
 * Of one organization at once, over all processes: its slow receivers keep nobody else waiting. Claims of the
 * same instant may go beyond it by one another.
 */
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

/**
 * Takes the next delivery of any organization, whose webhook is enabled; undefined when there is nothing to do.
 * It is the turn of the organization with the fewest under way, and of those the one that has waited longest for
 * a turn; of its deliveries, the one that is due for longest.
 */
export async function claimDelivery(
  database: Database,
  clock: Clock,
): Promise<ClaimedDelivery | undefined> {
  const now = clock.now()
  const leaseId = randomUUID()
  const claimed = await database.db
    .updateTable('webhook_deliveries')
    .set({ lease_id: leaseId, lease_until: new Date(now.getTime() + LEASE_MS) })
    .where('id', '=', nextDelivery(now))
    .returningAll()
    .executeTakeFirst()
  if (claimed === undefined) return undefined
  await database.db
    .insertInto('webhook_turns')
    .values({ organization_id: claimed.organization_id, claimed_at: now })
    .onConflict((conflict) => conflict.column('organization_id').doUpdateSet({ claimed_at: now }))
    .execute()
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

/** Of each webhook only the one that is due for longest is looked at: a long backlog costs no more than a short one. */
function nextDelivery(now: Date) {
  const isDue = sql`due.status = 'PENDING' and due.available_at <= ${now}
    and (due.lease_until is null or due.lease_until <= ${now})`
  const nextWebhook = sql`(
    select webhooks.id from webhooks
    cross join lateral (
      select due.available_at from webhook_deliveries due
      where due.webhook_id = webhooks.id and ${isDue}
      order by due.available_at limit 1) oldest
    left join (
      select organization_id, count(*) as deliveries from webhook_deliveries
      where lease_id is not null and lease_until > ${now} group by 1
    ) own on own.organization_id = webhooks.organization_id
    left join webhook_turns turn on turn.organization_id = webhooks.organization_id
    where webhooks.enabled and coalesce(own.deliveries, 0) < ${PER_ORGANIZATION_MAX}
    order by coalesce(own.deliveries, 0), turn.claimed_at nulls first, oldest.available_at
    limit 1)`
  return sql<string>`(
    select due.id from webhook_deliveries due
    where due.webhook_id = ${nextWebhook} and ${isDue}
    order by due.available_at limit 1 for update skip locked)`
}
