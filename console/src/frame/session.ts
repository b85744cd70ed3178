import { type Client, createClient, type Organization, type Session } from '@sluice/sdk'
import { queryOptions, useSuspenseQuery } from '@tanstack/react-query'
import { createContext, useContext } from 'react'

export const sessionKey = ['session']

/** Acts as whoever is signed in. Without a session it can do nothing but sign in. */
export function openClient(session?: Session, organizationId?: string): Client {
  const apiUrl = `${globalThis.location.origin}/v1`
  return createClient({ apiUrl, session: { csrfToken: session?.csrfToken }, organizationId })
}

export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  queryFn: () => openClient().session.get(),
})

/** Below the frame there always is one. */
export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data
}

/** The organization that the address names, and a client that acts in it. */
export interface ActingIn {
  organization: Organization
  client: Client
}

export const ActingInContext = createContext<ActingIn | undefined>(undefined)

/** For pages below /organizations/$organizationId. */
export function useOrganization(): ActingIn {
  const acting = useContext(ActingInContext)
  if (acting === undefined) throw new Error('This page belongs to no organization.')
  return acting
}
