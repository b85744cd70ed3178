import type { WebhookDelivery } from '@sluice/sdk'
import { queryOptions } from '@tanstack/react-query'
import type { ActingIn } from '../../frame/session.ts'
import { take } from '../../parts/take.ts'

const KEYS_MAX = 1000
/** More than an organization may have. */
const WEBHOOKS_MAX = 100
const DELIVERIES_SHOWN = 50
const REFRESH_MS = 10_000

export function settingsQueries({ client, organization }: ActingIn) {
  const of = (...what: string[]) => [organization.id, 'settings', ...what]
  return {
    apiKeys: queryOptions({
      queryKey: of('api-keys'),
      queryFn: () => take(client.apiKeys.list(), KEYS_MAX),
    }),
    allWebhooks: of('webhooks'),
    webhooks: queryOptions({
      queryKey: of('webhooks', 'list'),
      queryFn: () => take(client.webhooks.list(), WEBHOOKS_MAX),
    }),
    webhook: (id: string) =>
      queryOptions({ queryKey: of('webhooks', id), queryFn: () => client.webhooks.get(id) }),
    deliveries: (id: string) =>
      queryOptions({
        queryKey: of('webhooks', id, 'deliveries'),
        queryFn: (): Promise<WebhookDelivery[]> =>
          take(client.webhooks.listDeliveries(id), DELIVERIES_SHOWN),
        refetchInterval: REFRESH_MS,
      }),
  }
}
