import { Code, Group, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { ConfirmButton } from '../../parts/confirm.tsx'
import { Copy } from '../../parts/copy.tsx'
import { Empty } from '../../parts/empty.tsx'
import { ButtonTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { licenseQueries } from './license-queries.ts'
import { VirtualLicenseForm } from './virtual-license-form.tsx'

export function NewVirtualLicense() {
  const { client, queries, crumbs, leave } = useVirtualLicenses()
  const licenses = useQuery(queries.licenses)
  return (
    <Page
      title="New virtual license"
      crumbs={crumbs}
      about="Several licenses under one id, which stands wherever a license key is asked for: in exports, schedules and queries."
    >
      <Card title="Which licenses?">
        <Loaded query={licenses} what="the licenses">
          {(found) =>
            found.length === 0 ? (
              <Empty title="There is no license yet" action={<MakeLicense />}>
                A virtual license stands for licenses, so there has to be one first.
              </Empty>
            ) : (
              <VirtualLicenseForm
                licenses={found}
                action="Create the virtual license"
                save={(entered) => client.virtualLicenses.create(entered).then(leave)}
              />
            )
          }
        </Loaded>
      </Card>
    </Page>
  )
}

function MakeLicense() {
  const { organization } = useOrganization()
  return (
    <ButtonTo
      to="/organizations/$organizationId/licenses/new"
      params={{ organizationId: organization.id }}
    >
      Make a license
    </ButtonTo>
  )
}

export function VirtualLicense() {
  const { client, queries, crumbs, leave } = useVirtualLicenses()
  const { virtualLicenseId: id } = useParams({
    from: '/signed-in/organizations/$organizationId/licenses/virtual/$virtualLicenseId',
  })
  const licenses = useQuery(queries.licenses)
  const virtual = useQuery(queries.virtualLicense(id))
  const name = virtual.data?.name ?? 'Virtual license'
  return (
    <Page
      title={name}
      crumbs={crumbs}
      actions={
        <ConfirmButton
          label="Delete"
          size="sm"
          title={`Delete ${name}?`}
          run={() => client.virtualLicenses.delete(id).then(leave)}
        >
          Its licenses and their samples stay. Exports and schedules that name it no longer find it.
        </ConfirmButton>
      }
    >
      <Group gap={4} component="p" m={0}>
        <Text span size="sm" c="dimmed">
          Id, in place of a license key
        </Text>
        <Code>{id}</Code>
        <Copy text={id} what="the id" />
      </Group>
      <Card title="Licenses">
        <Loaded query={licenses} what="the licenses">
          {(all) => (
            <Loaded query={virtual} what="the virtual license">
              {(found) => (
                <VirtualLicenseForm
                  virtual={found}
                  licenses={all}
                  action="Save"
                  save={(entered) => {
                    const { customDataFieldLabels } = found
                    const body = { ...entered, customDataFieldLabels }
                    return client.virtualLicenses.update(id, body).then(leave)
                  }}
                />
              )}
            </Loaded>
          )}
        </Loaded>
      </Card>
    </Page>
  )
}

function useVirtualLicenses() {
  const acting = useOrganization()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const queries = licenseQueries(acting)
  const organizationId = acting.organization.id
  return {
    client: acting.client,
    queries,
    crumbs: [{ name: 'Licenses', href: `/organizations/${organizationId}/licenses` }],
    /** Back to the list, which is read anew. */
    leave: async () => {
      await navigate({ to: '/organizations/$organizationId/licenses', params: { organizationId } })
      await queryClient.invalidateQueries({ queryKey: queries.everything })
    },
  }
}
