import { Type } from 'typebox'
import type { Config } from '#config'
import { type App, PageQuery, pageOf, pageSchema, type Routes } from '#http'
import type { Sealing } from '#sealing'
import { listDeliveries, replayDelivery } from './deliveries.ts'
import {
  DeliveryAnswer,
  readChange,
  readWebhook,
  WebhookAnswer,
  WebhookBody,
  WebhookChange,
  WebhookWithSecret,
  writeDelivery,
  writeWebhook,
  writeWithSecret,
} from './schema.ts'
import {
  changeWebhook,
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  rotateSecret,
} from './webhooks.ts'

const tags = ['Webhooks']
const all = '/analytics/webhooks'
const one = `${all}/:id`
const params = Type.Object({ id: Type.String() })

/** /analytics/webhooks and what hangs on it. */
export function webhookRoutes(parts: KeepingParts): Routes {
  return (app) => {
    addKeeping(app, parts)
    addLooking(app)
    addDeliveries(app)
  }
}

interface KeepingParts {
  config: Pick<Config, 'webhooks'>
  sealing: Sealing
}

function addKeeping(app: App, { config, sealing }: KeepingParts): void {
  app.post(
    all,
    {
      schema: {
        operationId: 'createWebhook',
        summary: 'Create a webhook; the only answer, but for a rotation’s, with its secret',
        tags,
        body: WebhookBody,
        response: { 201: WebhookWithSecret },
      },
    },
    async ({ caller, body }) =>
      writeWithSecret(
        await createWebhook(caller.scope, readWebhook(body), { ...config.webhooks, sealing }),
      ),
  )
  app.patch(
    one,
    {
      schema: {
        operationId: 'changeWebhook',
        summary: 'Change a webhook, or switch it off and on',
        tags,
        params,
        body: WebhookChange,
        response: { 200: WebhookAnswer },
      },
    },
    async ({ caller, params: { id }, body }) => {
      const changed = { id, input: readChange(body) }
      return writeWebhook(await changeWebhook(caller.scope, changed, config.webhooks))
    },
  )
  app.post(
    `${one}/secret-rotation`,
    {
      schema: {
        operationId: 'rotateWebhookSecret',
        summary: 'Make a new secret; the one before signs beside it for a while',
        tags,
        params,
        response: { 201: WebhookWithSecret },
      },
    },
    async ({ caller, params: { id } }) =>
      writeWithSecret(await rotateSecret(caller.scope, id, sealing)),
  )
  app.delete(
    one,
    {
      schema: {
        operationId: 'deleteWebhook',
        summary: 'Delete a webhook and its deliveries',
        tags,
        params,
        response: { 200: Type.Object({ id: Type.String() }) },
      },
    },
    async ({ caller, params: { id } }) => {
      await deleteWebhook(caller.scope, id)
      return { id }
    },
  )
}

function addLooking(app: App): void {
  app.get(
    all,
    {
      schema: {
        operationId: 'listWebhooks',
        summary: 'List webhooks',
        tags,
        querystring: PageQuery,
        response: { 200: pageSchema(WebhookAnswer) },
      },
    },
    async (request) =>
      pageOf(request, await listWebhooks(request.caller.scope, request.query), writeWebhook),
  )
  app.get(
    one,
    {
      schema: {
        operationId: 'getWebhook',
        summary: 'Get a webhook',
        tags,
        params,
        response: { 200: WebhookAnswer },
      },
    },
    async ({ caller, params: { id } }) => writeWebhook(await getWebhook(caller.scope, id)),
  )
}

function addDeliveries(app: App): void {
  app.get(
    `${one}/deliveries`,
    {
      schema: {
        operationId: 'listWebhookDeliveries',
        summary: 'List a webhook’s deliveries of the last 30 days, the newest first',
        tags,
        params,
        querystring: PageQuery,
        response: { 200: pageSchema(DeliveryAnswer) },
      },
    },
    async (request) => {
      const { caller, params: of, query } = request
      const found = await listDeliveries(caller.scope, of.id, query)
      return pageOf(request, found, writeDelivery)
    },
  )
  app.post(
    `${one}/deliveries/:deliveryId/replay`,
    {
      schema: {
        operationId: 'replayWebhookDelivery',
        summary: 'Send a delivery again, under the same id',
        tags,
        params: Type.Object({ id: Type.String(), deliveryId: Type.String() }),
        response: { 200: DeliveryAnswer },
      },
    },
    async ({ caller, params: { id: webhookId, deliveryId } }) =>
      writeDelivery(await replayDelivery(caller.scope, { webhookId, deliveryId })),
  )
}
