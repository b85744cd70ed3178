import type { QueryClient } from '@tanstack/react-query'
import { redirect } from '@tanstack/react-router'
import { openClient, sessionKey } from '../../frame/session.ts'

interface SignInSearch {
  /** Where to go then. */
  return?: string
  /** A session has ended in the midst of something. */
  ended?: boolean
}

export function readSignInSearch(search: Record<string, unknown>): SignInSearch {
  const back = search.return
  return {
    ...(typeof back === 'string' && isOwnPath(back) && { return: back }),
    ...(search.ended === true && { ended: true }),
  }
}

/** `//host` and `/\host` would leave for another origin. */
function isOwnPath(text: string): boolean {
  return /^\/(?![/\\])/.test(text)
}

/** Why a link did not sign in. */
export const linkErrorKey = ['sign-in link']

/** A link of `npm run dev` has its token behind the `#`: it is used once, and goes from the address. */
export async function signInByLink(queries: QueryClient, token: string): Promise<void> {
  if (token === '') return
  try {
    queries.setQueryData(sessionKey, await openClient().session.start({ signInToken: token }))
  } catch (error) {
    queries.setQueryData(linkErrorKey, error)
    throw redirect({ to: '/sign-in', replace: true })
  }
  throw redirect({ to: '/', replace: true })
}
