import type { WebhookWithSecret } from '@sluice/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { ButtonTo } from '../../parts/links.tsx'
import { Page } from '../../parts/page.tsx'
import { settingsQueries } from './settings-queries.ts'
import { SigningSecret } from './signing-secret.tsx'
import { WebhookForm } from './webhook-form.tsx'

export function NewWebhook() {
  const acting = useOrganization()
  const queries = useQueryClient()
  const [created, setCreated] = useState<WebhookWithSecret>()
  const organizationId = acting.organization.id
  return (
    <Page
      title="New webhook"
      crumbs={[{ name: 'Settings', href: `/organizations/${organizationId}/settings` }]}
      about="Messages are signed as Standard Webhooks has it; its libraries verify them."
    >
      {created === undefined ? (
        <Card title="Where to, and of what?">
          <WebhookForm
            action="Create the webhook"
            save={async (entered) => {
              const { allWebhooks } = settingsQueries(acting)
              setCreated(await acting.client.webhooks.create(entered))
              await queries.invalidateQueries({ queryKey: allWebhooks })
            }}
          />
        </Card>
      ) : (
        <>
          <SigningSecret secret={created.secret} />
          <ButtonTo
            to="/organizations/$organizationId/settings/webhooks/$webhookId"
            params={{ organizationId, webhookId: created.id }}
            w="max-content"
          >
            Go to the webhook
          </ButtonTo>
        </>
      )}
    </Page>
  )
}
