import type { PrivacyDeletion } from '@sluice/sdk'
import { queryOptions } from '@tanstack/react-query'
import type { ActingIn } from '../../frame/session.ts'

export const PAGE_SIZE = 20
/** While a deletion is at work. */
const LIVE_MS = 1_000

const isAtWork = (deletion: PrivacyDeletion | undefined) => deletion?.status === 'STARTED'
const pageOf = (page: number) => ({ offset: (page - 1) * PAGE_SIZE, limit: PAGE_SIZE })

/** Pages are counted from 1. */
export function privacyQueries({ client, organization }: ActingIn) {
  const of = (...what: (string | number)[]) => [organization.id, 'privacy', ...what]
  return {
    everything: of(),
    deletions: (page: number) =>
      queryOptions({
        queryKey: of('list', page),
        queryFn: () => client.privacyDeletions.list().page(pageOf(page)),
        placeholderData: (before) => before,
        refetchInterval: ({ state }) => (state.data?.items.some(isAtWork) ? LIVE_MS : false),
      }),
    deletion: (id: string) =>
      queryOptions({
        queryKey: of(id),
        queryFn: () => client.privacyDeletions.get(id),
        refetchInterval: ({ state }) => (isAtWork(state.data) ? LIVE_MS : false),
      }),
    /** They become more until the deletion is FINISHED. */
    files: ({ id, status }: PrivacyDeletion, page: number) =>
      queryOptions({
        queryKey: of(id, 'files', status, page),
        queryFn: () => client.privacyDeletions.listFiles(id).page(pageOf(page)),
        placeholderData: (before) => before,
        refetchInterval: status === 'STARTED' ? LIVE_MS : false,
      }),
  }
}
