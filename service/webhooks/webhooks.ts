/**
 * Tells an organization's own systems what happened, by the Standard Webhooks specification
 * (https://www.standardwebhooks.com). Whoever changes something calls `enqueueEvent` in the same transaction;
 * the senders of all processes carry out what is stored. Knows no feature.
 */
import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import { isUuid, type OrganizationScope, readPage } from '#database'
import { CallerError, notFound } from '#errors'
import type { Sealing } from '#sealing'
import type { Secret } from '#secret'
import type { EventType } from './events.ts'
import type { WebhookRow } from './rows.ts'
import { sealSecret } from './sealed-secrets.ts'
import { newSigningSecret, OLD_SECRET_HOURS } from './signing.ts'
import { type Addresses, refuseUrl } from './url.ts'

export { enqueueEvent, readWaiting } from './deliveries.ts'
export type { WebhookEvent } from './events.ts'
export { webhookRoutes } from './routes.ts'
export { sealAnew } from './sealed-secrets.ts'
export { startSender } from './sender.ts'

export interface Webhook extends NewWebhook {
  id: string
  /** Why Sluice switched it off. */
  disabledBecause: string | undefined
  /** Until then the secret before the present one signs too. */
  oldSecretUntil: Date | undefined
  createdAt: Date
  modifiedAt: Date
}

export interface NewWebhook {
  name: string | undefined
  url: string
  events: EventType[]
  enabled: boolean
}

/** The only answers that hold a secret. */
export type WithSecret = Webhook & { secret: Secret }

/** Of an organization; some that are created in one moment may be more. */
const WEBHOOKS_MAX = 20

/** Throws INVALID_REQUEST for a URL that nothing is sent to. */
export async function createWebhook(
  scope: OrganizationScope,
  input: NewWebhook,
  parts: Addresses & { sealing: Sealing },
): Promise<WithSecret> {
  refuseUrl(input.url, parts)
  const { totalCount } = await listWebhooks(scope, { offset: 0, limit: 1 })
  if (totalCount >= WEBHOOKS_MAX)
    throw new CallerError(
      'CONFLICT',
      `An organization has at most ${WEBHOOKS_MAX} webhooks. Delete one, or give one more events.`,
    )
  const secret = newSigningSecret()
  const now = scope.clock.now()
  const id = randomUUID()
  const row = {
    id,
    name: input.name ?? null,
    url: input.url,
    events: JSON.stringify(input.events),
    enabled: input.enabled,
    secret: sealSecret(parts.sealing, id, secret),
    created_at: now,
    modified_at: now,
  }
  await scope.insertInto('webhooks', row).execute()
  return { ...(await getWebhook(scope, row.id)), secret }
}

export async function listWebhooks(
  scope: OrganizationScope,
  page: { offset: number; limit: number },
): Promise<{ items: Webhook[]; totalCount: number }> {
  const query = scope.selectFrom('webhooks').selectAll().orderBy('created_at').orderBy('id')
  const { rows, totalCount } = await readPage(query, page)
  return { items: rows.map(webhookOf), totalCount }
}

/** Throws NOT_FOUND. */
export async function getWebhook(scope: OrganizationScope, id: string): Promise<Webhook> {
  const query = scope.selectFrom('webhooks').selectAll().where('id', '=', id)
  const row = isUuid(id) ? await query.executeTakeFirst() : undefined
  if (row === undefined) throw notFound('webhook', id)
  return webhookOf(row)
}

/** What is absent stays. One that is switched on again goes on with what is still to be sent. */
export async function changeWebhook(
  scope: OrganizationScope,
  changed: { id: string; input: Partial<NewWebhook> },
  addresses: Addresses,
): Promise<Webhook> {
  const { id, input } = changed
  const { url, events, name, enabled } = input
  if (url !== undefined) refuseUrl(url, addresses)
  await getWebhook(scope, id)
  await scope
    .updateTable('webhooks')
    .set({
      modified_at: scope.clock.now(),
      ...(url !== undefined && { url }),
      ...(name !== undefined && { name }),
      ...(events !== undefined && { events: JSON.stringify(events) }),
      ...(enabled !== undefined && { enabled, disabled_because: null }),
    })
    .where('id', '=', id)
    .execute()
  return getWebhook(scope, id)
}

/** With its deliveries, those that are still to be sent too. Throws NOT_FOUND. */
export async function deleteWebhook(scope: OrganizationScope, id: string): Promise<void> {
  await getWebhook(scope, id)
  await scope.deleteFrom('webhooks').where('id', '=', id).execute()
}

/** A new secret; the one before signs beside it for a while, so that the receiver can change over. */
export async function rotateSecret(
  scope: OrganizationScope,
  id: string,
  sealing: Sealing,
): Promise<WithSecret> {
  await getWebhook(scope, id)
  const secret = newSigningSecret()
  const now = scope.clock.now()
  await scope
    .updateTable('webhooks')
    .set((eb) => ({
      secret: sealSecret(sealing, id, secret),
      old_secret: eb.ref('secret'),
      old_secret_until: new Date(now.getTime() + OLD_SECRET_HOURS * 3_600_000),
      modified_at: now,
    }))
    .where('id', '=', id)
    .execute()
  return { ...(await getWebhook(scope, id)), secret }
}

function webhookOf(row: Selectable<WebhookRow>): Webhook {
  return {
    id: row.id,
    name: row.name ?? undefined,
    url: row.url,
    events: row.events,
    enabled: row.enabled,
    disabledBecause: row.disabled_because ?? undefined,
    oldSecretUntil: row.old_secret_until ?? undefined,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  }
}
