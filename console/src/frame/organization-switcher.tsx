import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { take } from '../parts/take.ts'
import { openClient, useSession } from './session.ts'

const ORGANIZATIONS_MAX = 1000
const SHOWN_MAX = 100

/** The organizations that one may act in; for whoever has but one, its name. */
export function OrganizationSwitcher() {
  const session = useSession()
  const navigate = useNavigate()
  const { organizationId = null } = useParams({ strict: false })
  const { data: organizations = [session.organization] } = useQuery({
    queryKey: ['organizations', session.id],
    queryFn: () => take(openClient(session).organizations.list(), ORGANIZATIONS_MAX),
  })
  const isKnown = organizations.some(({ id }) => id === organizationId)
  return (
    <Select
      // What is not known yet must not keep the name of the one before.
      key={String(isKnown)}
      aria-label="Organization"
      placeholder="Organization"
      value={organizationId}
      data={organizations.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(id) => {
        if (id !== null)
          void navigate({ to: '/organizations/$organizationId', params: { organizationId: id } })
      }}
      allowDeselect={false}
      searchable={organizations.length > 1}
      limit={SHOWN_MAX}
      nothingFoundMessage="No organization of that name"
      size="sm"
      flex="0 1 16rem"
      miw={0}
    />
  )
}
