import { type Static, Type } from 'typebox'
import { formatInstant, Instant } from '#http'
import type { WebhookDelivery } from './deliveries.ts'
import { eventTypes } from './events.ts'
import { deliveryStatuses } from './rows.ts'
import { OLD_SECRET_HOURS } from './signing.ts'
import type { NewWebhook, Webhook, WithSecret } from './webhooks.ts'

const URL_LENGTH_MAX = 2048
const NAME_LENGTH_MAX = 255

const members = {
  name: Type.Optional(Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX })),
  url: Type.String({
    minLength: 1,
    maxLength: URL_LENGTH_MAX,
    description: 'Where messages go: https, at a public address, unless the operator allows others',
    examples: ['https://hooks.example/sluice'],
  }),
  events: Type.Array(Type.Enum(eventTypes), {
    minItems: 1,
    uniqueItems: true,
    description: 'What is told',
  }),
  enabled: Type.Optional(
    Type.Boolean({
      description: 'While false nothing is sent and nothing new is stored; true when absent',
    }),
  ),
}

export const WebhookBody = Type.Object(members, { title: 'NewAnalyticsWebhook' })

export const WebhookChange = Type.Object(
  { ...members, url: Type.Optional(members.url), events: Type.Optional(members.events) },
  { title: 'AnalyticsWebhookChange', description: 'What is absent stays as it is' },
)

const answerMembers = {
  id: Type.String({ format: 'uuid' }),
  name: Type.Optional(Type.String()),
  url: Type.String(),
  events: Type.Array(Type.Enum(eventTypes)),
  enabled: Type.Boolean(),
  disabledBecause: Type.Optional(Type.String({ description: 'Why Sluice switched it off' })),
  oldSecretUntil: Type.Optional(
    Type.Unsafe<string>({
      ...Instant,
      description: 'Until then messages are signed with the secret before the present one too',
    }),
  ),
  createdAt: Instant,
  modifiedAt: Instant,
}

export const WebhookAnswer = Type.Object(answerMembers, { title: 'AnalyticsWebhook' })

export const WebhookWithSecret = Type.Object(
  {
    ...answerMembers,
    secret: Type.String({
      description: 'What messages are signed with; no other answer has it. `whsec_…`',
    }),
  },
  {
    title: 'AnalyticsWebhookWithSecret',
    description: `After a rotation the secret before signs for ${OLD_SECRET_HOURS} hours more`,
  },
)

export const DeliveryAnswer = Type.Object(
  {
    id: Type.String({
      format: 'uuid',
      description: 'The header webhook-id, the same at each attempt and each replay',
    }),
    event: Type.Enum(eventTypes),
    payload: Type.String({ description: 'The body as it is signed' }),
    status: Type.Enum(deliveryStatuses),
    attempts: Type.Integer(),
    responseCode: Type.Optional(
      Type.Integer({ description: 'What the receiver answered to the last attempt' }),
    ),
    problem: Type.Optional(Type.String({ description: 'Why the last attempt has no answer' })),
    createdAt: Instant,
    attemptedAt: Type.Optional(Instant),
    deliveredAt: Type.Optional(Instant),
    nextAttemptAt: Type.Optional(Instant),
  },
  { title: 'AnalyticsWebhookDelivery' },
)

export function readWebhook(body: Static<typeof WebhookBody>): NewWebhook {
  const { name, url, events, enabled = true } = body
  return { name, url, events, enabled }
}

export function readChange(body: Static<typeof WebhookChange>): Partial<NewWebhook> {
  const { name, url, events, enabled } = body
  return {
    ...(name !== undefined && { name }),
    ...(url !== undefined && { url }),
    ...(events !== undefined && { events }),
    ...(enabled !== undefined && { enabled }),
  }
}

export function writeWebhook(webhook: Webhook) {
  const { id, name, url, events, enabled, disabledBecause, oldSecretUntil } = webhook
  return {
    id,
    ...(name !== undefined && { name }),
    url,
    events,
    enabled,
    ...(disabledBecause !== undefined && { disabledBecause }),
    ...(oldSecretUntil !== undefined && { oldSecretUntil: formatInstant(oldSecretUntil) }),
    createdAt: formatInstant(webhook.createdAt),
    modifiedAt: formatInstant(webhook.modifiedAt),
  }
}

export function writeWithSecret(webhook: WithSecret) {
  return { ...writeWebhook(webhook), secret: webhook.secret.open() }
}

export function writeDelivery(delivery: WebhookDelivery) {
  const { id, event, payload, status, attempts, responseCode, problem } = delivery
  const { attemptedAt, deliveredAt, nextAttemptAt } = delivery
  return {
    id,
    event,
    payload,
    status,
    attempts,
    ...(responseCode !== undefined && { responseCode }),
    ...(problem !== undefined && { problem }),
    createdAt: formatInstant(delivery.createdAt),
    ...(attemptedAt && { attemptedAt: formatInstant(attemptedAt) }),
    ...(deliveredAt && { deliveredAt: formatInstant(deliveredAt) }),
    ...(nextAttemptAt && { nextAttemptAt: formatInstant(nextAttemptAt) }),
  }
}
