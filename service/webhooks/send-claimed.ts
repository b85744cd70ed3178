import { type OrganizationScope, openScope } from '#database'
import { traced } from '#tracing'
import type { ClaimedDelivery } from './claim.ts'
import { type Outcome, outcomeOf } from './outcome.ts'
import { type Posted, post } from './post.ts'
import { openSecret } from './sealed-secrets.ts'
import type { SenderParts } from './sender.ts'
import { signatureHeaders } from './signing.ts'

/** One attempt, from the claim to what is stored of it. A process that is stopped gives the delivery back. */
export async function sendClaimed(
  parts: SenderParts,
  claimed: ClaimedDelivery,
  signal: AbortSignal,
): Promise<void> {
  const { database, clock, telemetry } = parts
  const scope = openScope(database, claimed.organizationId, clock)
  const startedMs = performance.now()
  let posted: Posted
  try {
    const attributes = { 'sluice.webhook.id': claimed.webhookId }
    posted = await traced('webhook', attributes, () => sendSigned(parts, claimed, signal))
  } catch (error) {
    await release(scope, claimed)
    throw error
  }
  const { failures, webhookId, event } = claimed
  const now = clock.now()
  const outcome = outcomeOf(posted, { failures, now, random: Math.random() })
  await settle(scope, claimed, { posted, outcome, now })
  const { responseCode, problem } = posted
  const told = { webhookId, deliveryId: claimed.id, event, responseCode, problem }
  const durationMs = performance.now() - startedMs
  telemetry.webhookAttempted({ ...told, status: outcome.status, durationMs })
}

async function sendSigned(
  { clock, sealing, allowsPrivateAddresses }: SenderParts,
  { webhookId, sealedSecrets, ...claimed }: ClaimedDelivery,
  signal: AbortSignal,
): Promise<Posted> {
  const [present, ...before] = sealedSecrets.map((each) => openSecret(sealing, webhookId, each))
  if (present === undefined) return { problem: secretUnreadable }
  const secrets = [present, ...before.filter((secret) => secret !== undefined)]
  const headers = signatureHeaders(claimed, { secrets, at: clock.now() })
  const url = new URL(claimed.url)
  return post({ url, headers, body: claimed.payload, signal, allowsPrivateAddresses })
}

const secretUnreadable =
  'Sluice cannot read the webhook’s secret any more, which is not the receiver’s fault. Make a new one: ' +
  'npx sluice webhooks rotate-secret'

const noLease = { lease_id: null, lease_until: null }

async function release(scope: OrganizationScope, { id, leaseId }: ClaimedDelivery): Promise<void> {
  await scope
    .updateTable('webhook_deliveries')
    .set(noLease)
    .where('id', '=', id)
    .where('lease_id', '=', leaseId)
    .execute()
}

/**
 * With the lease compared: an attempt that took longer than it counts for nothing. A replay that was asked for
 * during the attempt stays asked for, however the attempt ended.
 */
async function settle(
  scope: OrganizationScope,
  { id, leaseId, webhookId, availableAt }: ClaimedDelivery,
  { posted, outcome, now }: { posted: Posted; outcome: Outcome; now: Date },
): Promise<void> {
  await scope.transaction(async (tx) => {
    const settled = await tx
      .updateTable('webhook_deliveries')
      .set((eb) => ({
        ...noLease,
        attempts: eb('attempts', '+', 1),
        attempted_at: now,
        response_code: posted.responseCode ?? null,
        problem: posted.problem ?? null,
        ...(outcome.status === 'DELIVERED' && { delivered_at: now }),
      }))
      .where('id', '=', id)
      .where('lease_id', '=', leaseId)
      .returning('available_at')
      .executeTakeFirst()
    const isReplayed = settled?.available_at.getTime() !== availableAt.getTime()
    if (settled !== undefined && !isReplayed)
      await tx
        .updateTable('webhook_deliveries')
        .set({
          status: outcome.status,
          ...(outcome.status !== 'DELIVERED' && { failures: outcome.failures }),
          ...(outcome.status === 'PENDING' && { available_at: outcome.availableAt }),
        })
        .where('id', '=', id)
        .execute()
    if (outcome.status !== 'FAILED' || !outcome.isGone) return
    await tx
      .updateTable('webhooks')
      .set({ enabled: false, disabled_because: 'The receiver answered 410: gone.' })
      .where('id', '=', webhookId)
      .execute()
  })
}

const KEPT_DAYS = 30
const REMOVED_AT_ONCE_MAX = 1000

/** Whatever became of them, and of webhooks that are switched off too. */
export async function removeOldDeliveries({ database, clock }: SenderParts): Promise<void> {
  const before = new Date(clock.now().getTime() - KEPT_DAYS * 86_400_000)
  const { db } = database
  const old = db
    .selectFrom('webhook_deliveries')
    .select('id')
    .where('created_at', '<', before)
    .limit(REMOVED_AT_ONCE_MAX)
  await db.deleteFrom('webhook_deliveries').where('id', 'in', old).execute()
}
