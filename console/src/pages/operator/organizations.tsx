import { Code, Group, Stack, Text } from '@mantine/core'
import type { Organization } from '@sluice/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { openClient, useSession } from '../../frame/session.ts'
import { Copy } from '../../parts/copy.tsx'
import { Instant } from '../../parts/instant.tsx'
import { LineForm } from '../../parts/line-form.tsx'
import { LinkTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Pager } from '../../parts/pager.tsx'
import { Rows } from '../../parts/rows.tsx'
import { ORGANIZATIONS_OF_A_PAGE, operatorQueries } from './operator-queries.ts'

/** Whose data is here, page by page; a new one is opened where its first API key is made. */
export function Organizations() {
  const session = useSession()
  const { page = 1 } = useSearch({ from: '/signed-in/operator' })
  const navigate = useNavigate({ from: '/operator' })
  const organizations = useQuery(operatorQueries(session).organizations(page))
  return (
    <Stack>
      <Loaded query={organizations} what="the organizations">
        {({ items, totalCount }) => (
          <>
            <OrganizationRows organizations={items} />
            <Pager
              page={page}
              totalCount={totalCount}
              size={ORGANIZATIONS_OF_A_PAGE}
              what="the organizations"
              onChange={(next) => void navigate({ search: { page: next }, resetScroll: false })}
            />
          </>
        )}
      </Loaded>
      <CreateOrganization />
      <Text size="sm" c="dimmed">
        Your own keys are among the{' '}
        <LinkTo
          to="/organizations/$organizationId/settings"
          params={{ organizationId: session.organization.id }}
        >
          settings of {session.organization.name}
        </LinkTo>
        .
      </Text>
    </Stack>
  )
}

function OrganizationRows({ organizations }: { organizations: Organization[] }) {
  return (
    <Rows
      caption="Organizations"
      head={['Organization', 'Id', 'Created']}
      whole={['Id']}
      empty="None yet."
      rows={organizations.map(({ id, name, createdAt }) => ({
        key: id,
        cells: [
          <LinkTo key="name" to="/organizations/$organizationId" params={{ organizationId: id }}>
            {name}
          </LinkTo>,
          <Group key="id" gap={4} wrap="nowrap" component="span" display="inline-flex">
            <Code>{id}</Code>
            <Copy text={id} what={`the id of ${name}`} />
          </Group>,
          <Instant key="created" at={createdAt} to="day" />,
        ],
      }))}
    />
  )
}

function CreateOrganization() {
  const session = useSession()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const create = async (name: string) => {
    const { id } = await openClient(session).organizations.create({ name })
    await navigate({
      to: '/organizations/$organizationId/settings',
      params: { organizationId: id },
    })
    await queries.invalidateQueries({ queryKey: ['operator'] })
    await queries.invalidateQueries({ queryKey: ['organizations'] })
  }
  return (
    <LineForm
      label="Name of a new organization"
      description="Its settings are next: make its first API key there."
      maxLength={255}
      action="Create"
      failure="No organization was created"
      save={create}
    />
  )
}
