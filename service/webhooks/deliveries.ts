import { randomUUID } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import { type Clock, type Database, isUuid, type OrganizationScope, readPage } from '#database'
import { notFound } from '#errors'
import { type EventType, type WebhookEvent, writePayload } from './events.ts'
import type { DeliveryStatus, WebhookDeliveryRow } from './rows.ts'
import { getWebhook } from './webhooks.ts'

/**
 * PENDING until the receiver answers with a 2xx: DELIVERED; or until no attempt is left: FAILED. A replay makes
 * either PENDING again, under the same id, so that a receiver knows what it has seen.
 */
export interface WebhookDelivery {
  id: string
  event: EventType
  payload: string
  status: DeliveryStatus
  attempts: number
  createdAt: Date
  attemptedAt: Date | undefined
  deliveredAt: Date | undefined
  /** Absent: nothing is left to be sent. */
  nextAttemptAt: Date | undefined
  /** Of the last attempt; absent: there was no answer, and `problem` says why. */
  responseCode: number | undefined
  problem: string | undefined
}

/** To be called in the transaction that makes the event true: then either both are stored or neither. */
export async function enqueueEvent(tx: OrganizationScope, event: WebhookEvent): Promise<void> {
  const webhooks = await tx
    .selectFrom('webhooks')
    .select(['id', 'events'])
    .where('enabled', '=', true)
    .execute()
  const asked = webhooks.filter(({ events }) => events.includes(event.type))
  if (asked.length === 0) return
  const at = tx.clock.now()
  const rows = asked.map(({ id }) => ({
    id: randomUUID(),
    webhook_id: id,
    event: event.type,
    payload: writePayload(event, { organizationId: tx.organizationId, at }),
    status: 'PENDING' as const,
    created_at: at,
    available_at: at,
  }))
  await tx.insertInto('webhook_deliveries', rows).execute()
}

/** The newest first. Throws NOT_FOUND. */
export async function listDeliveries(
  scope: OrganizationScope,
  webhookId: string,
  page: { offset: number; limit: number },
): Promise<{ items: WebhookDelivery[]; totalCount: number }> {
  await getWebhook(scope, webhookId)
  const query = scope
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('webhook_id', '=', webhookId)
    .orderBy('created_at', 'desc')
    .orderBy('id')
  const { rows, totalCount } = await readPage(query, page)
  return { items: rows.map(deliveryOf), totalCount }
}

/** Sends it again, now, with all its attempts; one that is still PENDING is not kept waiting. Throws NOT_FOUND. */
export async function replayDelivery(
  scope: OrganizationScope,
  { webhookId, deliveryId }: { webhookId: string; deliveryId: string },
): Promise<WebhookDelivery> {
  await getWebhook(scope, webhookId)
  if (!isUuid(deliveryId)) throw notFound('webhook delivery', deliveryId)
  const row = await scope
    .updateTable('webhook_deliveries')
    .set({ status: 'PENDING', available_at: scope.clock.now(), failures: 0 })
    .where('webhook_id', '=', webhookId)
    .where('id', '=', deliveryId)
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) throw notFound('webhook delivery', deliveryId)
  return deliveryOf(row)
}

/**
 * How many deliveries of all organizations are to be sent; and since when an organization of which one is due has had
 * no turn, the longest of them. What waits for its own organization's slow receivers does not count: those get turns.
 */
export async function readWaiting(
  database: Database,
  clock: Clock,
): Promise<{ count: number; turnAwaitedSince: Date | undefined }> {
  const { count, awaited_since } = await database.db
    .selectFrom('webhook_deliveries as delivery')
    .innerJoin('webhooks', (join) =>
      join
        .onRef('webhooks.id', '=', 'delivery.webhook_id')
        .onRef('webhooks.organization_id', '=', 'delivery.organization_id'),
    )
    .leftJoin('webhook_turns as turn', 'turn.organization_id', 'delivery.organization_id')
    .select((eb) => [
      eb.fn.countAll<number>().as('count'),
      eb.fn
        .min(sql<Date | null>`greatest(delivery.available_at, turn.claimed_at)`)
        .filterWhere('delivery.available_at', '<=', clock.now())
        .filterWhere('webhooks.enabled', '=', true)
        .as('awaited_since'),
    ])
    .where('delivery.status', '=', 'PENDING')
    .executeTakeFirstOrThrow()
  return { count: Number(count), turnAwaitedSince: awaited_since ?? undefined }
}

function deliveryOf(row: Selectable<WebhookDeliveryRow>): WebhookDelivery {
  return {
    id: row.id,
    event: row.event,
    payload: row.payload,
    status: row.status,
    attempts: row.attempts,
    createdAt: row.created_at,
    attemptedAt: row.attempted_at ?? undefined,
    deliveredAt: row.delivered_at ?? undefined,
    nextAttemptAt: row.status === 'PENDING' ? row.available_at : undefined,
    responseCode: row.response_code ?? undefined,
    problem: row.problem ?? undefined,
  }
}
