import { Code, Text } from '@mantine/core'
import type { Webhook } from '@sluice/sdk'
import { useOrganization } from '../../frame/session.ts'
import { LinkTo } from '../../parts/links.tsx'
import { Rows } from '../../parts/rows.tsx'
import { Status } from '../../parts/status.tsx'
import { eventWords } from './events.ts'

export function WebhookRows({ webhooks }: { webhooks: Webhook[] }) {
  const { organization } = useOrganization()
  return (
    <Rows
      caption="Webhooks"
      head={['Webhook', 'Address', 'Told of', 'State']}
      whole={['State']}
      empty="None yet. A webhook tells a system of yours when an export has finished or failed, signed."
      rows={webhooks.map((webhook) => ({
        key: webhook.id,
        cells: [
          <LinkTo
            key="name"
            to="/organizations/$organizationId/settings/webhooks/$webhookId"
            params={{ organizationId: organization.id, webhookId: webhook.id }}
          >
            {nameOf(webhook)}
          </LinkTo>,
          <Code key="url">{webhook.url}</Code>,
          <Text key="events" span size="sm">
            {webhook.events.map((event) => eventWords[event]).join('; ')}
          </Text>,
          <WebhookStatus key="state" webhook={webhook} />,
        ],
      }))}
    />
  )
}

/** Who gave it no name knows it by where it leads. */
export function nameOf({ name, url }: Webhook): string {
  return name ?? (URL.canParse(url) ? new URL(url).host : url)
}

export function WebhookStatus({ webhook }: { webhook: Webhook }) {
  if (webhook.enabled) return <Status tone="good">Sending</Status>
  if (webhook.disabledBecause !== undefined) return <Status tone="bad">Switched off</Status>
  return <Status tone="none">Paused</Status>
}
