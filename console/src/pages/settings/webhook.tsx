import { Code, Stack, Text } from '@mantine/core'
import type { Webhook as ApiWebhook } from '@sluice/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { ConfirmButton } from '../../parts/confirm.tsx'
import { Instant } from '../../parts/instant.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { Deliveries } from './deliveries.tsx'
import { settingsQueries } from './settings-queries.ts'
import { SigningSecret } from './signing-secret.tsx'
import { WebhookForm } from './webhook-form.tsx'
import { nameOf, WebhookStatus } from './webhook-rows.tsx'

/** One webhook: what it has sent, and what becomes of it. */
export function Webhook() {
  const acting = useOrganization()
  const { webhookId } = useParams({
    from: '/signed-in/organizations/$organizationId/settings/webhooks/$webhookId',
  })
  const webhook = useQuery(settingsQueries(acting).webhook(webhookId))
  return (
    <Page
      title={webhook.data ? nameOf(webhook.data) : 'Webhook'}
      crumbs={[{ name: 'Settings', href: `/organizations/${acting.organization.id}/settings` }]}
      actions={webhook.data && <Deletion webhook={webhook.data} />}
    >
      <Loaded query={webhook} what="the webhook">
        {(found) => <Parts key={found.id} webhook={found} />}
      </Loaded>
    </Page>
  )
}

function Deletion({ webhook: { id, ...webhook } }: { webhook: ApiWebhook }) {
  const acting = useOrganization()
  const reload = useReload()
  const navigate = useNavigate()
  const params = { organizationId: acting.organization.id }
  return (
    <ConfirmButton
      label="Delete"
      size="sm"
      title={`Delete ${nameOf({ id, ...webhook })}?`}
      run={async () => {
        await acting.client.webhooks.delete(id)
        await navigate({ to: '/organizations/$organizationId/settings', params })
        await reload()
      }}
    >
      Nothing more is sent to it, what is still to be sent included, and its deliveries are gone.
    </ConfirmButton>
  )
}

function useReload() {
  const queries = useQueryClient()
  const { allWebhooks } = settingsQueries(useOrganization())
  return () => queries.invalidateQueries({ queryKey: allWebhooks })
}

function Parts({ webhook }: { webhook: ApiWebhook }) {
  const { client } = useOrganization()
  const reload = useReload()
  return (
    <Stack gap="lg">
      <Card title="State" actions={<PauseOrResume webhook={webhook} />}>
        <WebhookStatus webhook={webhook} />
        {webhook.disabledBecause !== undefined && <Text size="sm">{webhook.disabledBecause}</Text>}
        <Text size="sm">
          Messages go to <Code>{webhook.url}</Code>
        </Text>
      </Card>
      <Card title="Deliveries">
        <Deliveries webhookId={webhook.id} />
      </Card>
      <Card title="Signing secret">
        <Rotation webhook={webhook} />
      </Card>
      <Card title="Settings">
        <WebhookForm
          webhook={webhook}
          action="Save"
          save={(entered) => client.webhooks.update(webhook.id, entered).then(reload)}
        />
      </Card>
    </Stack>
  )
}

function PauseOrResume({ webhook: { id, enabled } }: { webhook: ApiWebhook }) {
  const { client } = useOrganization()
  const reload = useReload()
  const set = (toEnabled: boolean) =>
    client.webhooks.update(id, { enabled: toEnabled }).then(reload)
  return enabled ? (
    <ConfirmButton label="Pause" title="Pause the webhook?" run={() => set(false)}>
      While it is paused nothing is sent, and what happens meanwhile is not told later either.
    </ConfirmButton>
  ) : (
    <ConfirmButton label="Resume" title="Resume the webhook?" run={() => set(true)}>
      It is told what happens from then on.
    </ConfirmButton>
  )
}

function Rotation({ webhook: { id, oldSecretUntil } }: { webhook: ApiWebhook }) {
  const { client } = useOrganization()
  const reload = useReload()
  const [secret, setSecret] = useState<string>()
  return (
    <>
      <Text size="sm" c="dimmed">
        It is shown when the webhook is created, and when it is rotated. For a day after a rotation
        messages are signed with the one before too, so that the receiver can change over.
      </Text>
      {oldSecretUntil !== undefined && (
        <Text size="sm">
          The secret before the present one signs too until <Instant at={oldSecretUntil} />.
        </Text>
      )}
      {secret !== undefined && <SigningSecret secret={secret} />}
      <div>
        <ConfirmButton
          label="Rotate"
          what="the signing secret"
          title="Rotate the signing secret?"
          run={async () => {
            setSecret((await client.webhooks.rotateSecret(id)).secret)
            await reload()
          }}
        >
          A new secret is made and shown once. The present one signs too for a day more.
        </ConfirmButton>
      </div>
    </>
  )
}
