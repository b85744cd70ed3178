import { useQuery } from '@tanstack/react-query'
import { Outlet, useParams } from '@tanstack/react-router'
import { useMemo } from 'react'
import { Loaded } from '../parts/loaded.tsx'
import { toOverview } from '../parts/way-back.ts'
import { ActingInContext, openClient, useSession } from './session.ts'

/** Gives the pages below it the organization that the address names. */
export function ActingIn() {
  const session = useSession()
  const { organizationId } = useParams({ from: '/signed-in/organizations/$organizationId' })
  const organization = useQuery({
    queryKey: [organizationId, 'organization'],
    queryFn: () => openClient(session).organizations.get(organizationId),
  })
  const client = useMemo(() => openClient(session, organizationId), [session, organizationId])
  return (
    <Loaded query={organization} what="the organization" wayBack={toOverview}>
      {(found) => (
        <ActingInContext value={{ organization: found, client }}>
          <Outlet />
        </ActingInContext>
      )}
    </Loaded>
  )
}
