import { useQuery } from '@tanstack/react-query'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { ButtonTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { ApiKeys } from './api-keys.tsx'
import { settingsQueries } from './settings-queries.ts'
import { WebhookRows } from './webhook-rows.tsx'

/** Who may act as the organization, and who is told what happens in it. */
export function Settings() {
  const acting = useOrganization()
  const webhooks = useQuery(settingsQueries(acting).webhooks)
  return (
    <Page title="Settings">
      <Card title="API keys">
        <ApiKeys />
      </Card>
      <Card
        title="Webhooks"
        actions={
          <ButtonTo
            to="/organizations/$organizationId/settings/webhooks/new"
            params={{ organizationId: acting.organization.id }}
            size="xs"
            variant="default"
          >
            New webhook
          </ButtonTo>
        }
      >
        <Loaded query={webhooks} what="the webhooks">
          {(found) => <WebhookRows webhooks={found} />}
        </Loaded>
      </Card>
    </Page>
  )
}
