import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Page } from '../../parts/page.tsx'
import { LicenseForm } from './license-form.tsx'
import { licenseQueries } from './license-queries.ts'

export function NewLicense() {
  const acting = useOrganization()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const organizationId = acting.organization.id
  return (
    <Page
      title="New license"
      crumbs={[{ name: 'Licenses', href: `/organizations/${organizationId}/licenses` }]}
    >
      <Card title="What is it called, and how long are its samples kept?">
        <LicenseForm
          action="Create the license"
          save={async (entered) => {
            const license = await acting.client.licenses.create(entered)
            await queries.invalidateQueries({ queryKey: licenseQueries(acting).everything })
            await navigate({
              to: '/organizations/$organizationId/licenses/$licenseId',
              params: { organizationId, licenseId: license.id },
            })
          }}
        />
      </Card>
    </Page>
  )
}
