import type { Session } from '@sluice/sdk'
import { queryOptions } from '@tanstack/react-query'
import { openClient } from '../../frame/session.ts'
import { take } from '../../parts/take.ts'

const REFRESH_MS = 10_000
/** Whoever has more has one cause for most of them. */
const FAILING_MAX = 100
export const ORGANIZATIONS_OF_A_PAGE = 25

export function operatorQueries(session: Session) {
  const client = openClient(session)
  const of = (...what: (string | number)[]) => ['operator', session.id, ...what]
  const options = { refetchInterval: REFRESH_MS }
  return {
    failingOutputs: queryOptions({
      ...options,
      queryKey: of('failing-outputs'),
      queryFn: () => take(client.operator.listFailingOutputs(), FAILING_MAX),
    }),
    queues: queryOptions({
      ...options,
      queryKey: of('queues'),
      queryFn: () => client.operator.listQueues(),
    }),
    workers: queryOptions({
      ...options,
      queryKey: of('workers'),
      queryFn: () => client.operator.listWorkers(),
    }),
    /** The pages are counted from 1. */
    organizations: (page: number) =>
      queryOptions({
        queryKey: of('organizations', page),
        queryFn: () =>
          client.organizations.list().page({
            offset: (page - 1) * ORGANIZATIONS_OF_A_PAGE,
            limit: ORGANIZATIONS_OF_A_PAGE,
          }),
        placeholderData: (before) => before,
      }),
  }
}
