import type { components } from './generated/openapi.ts'
import { listAll } from './pages.ts'
import type { Transport } from './transport.ts'

type Schemas = components['schemas']
export type Webhook = Schemas['AnalyticsWebhook']
/** What is signed with the secret can be verified by the libraries of https://www.standardwebhooks.com. */
export type WebhookWithSecret = Schemas['AnalyticsWebhookWithSecret']
export type WebhookDelivery = Schemas['AnalyticsWebhookDelivery']
export type NewWebhook = Schemas['NewAnalyticsWebhook']

export function webhooksOf({ api, result }: Transport) {
  const all = '/v1/analytics/webhooks'
  const one = '/v1/analytics/webhooks/{id}'
  const path = (id: string) => ({ params: { path: { id } } })
  return {
    /** But for a rotation’s, the only answer that has the secret. */
    create: (body: NewWebhook): Promise<WebhookWithSecret> => result(api.POST(all, { body })),
    get: (id: string): Promise<Webhook> => result(api.GET(one, path(id))),
    list: () => listAll((query) => result(api.GET(all, { params: { query } }))),
    /** What is absent stays as it is. */
    update: (id: string, body: Schemas['AnalyticsWebhookChange']): Promise<Webhook> =>
      result(api.PATCH(one, { ...path(id), body })),
    /** Messages are signed with the secret before too, until `oldSecretUntil`. */
    rotateSecret: (id: string): Promise<WebhookWithSecret> =>
      result(api.POST(`${one}/secret-rotation`, path(id))),
    /** With its deliveries. */
    delete: async (id: string): Promise<void> => {
      await result(api.DELETE(one, path(id)))
    },
    /** Of the last 30 days, the newest first. */
    listDeliveries: (id: string) =>
      listAll((query) => result(api.GET(`${one}/deliveries`, { params: { path: { id }, query } }))),
    /** Sends it again, under the same id. */
    replay: (id: string, deliveryId: string): Promise<WebhookDelivery> =>
      result(
        api.POST(`${one}/deliveries/{deliveryId}/replay`, { params: { path: { id, deliveryId } } }),
      ),
  }
}
