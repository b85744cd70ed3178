import { AccessError, ConnectionError, ServiceError } from '@sluice/sdk'
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'

const STALE_MS = 10_000
const RETRIES_MAX = 3

/** What passes by itself is asked for again; what the caller did wrong is not. */
export function createQueries({ onSessionEnd }: { onSessionEnd(): void }): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof AccessError && error.status === 401) onSessionEnd()
  }
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: STALE_MS,
        retry: (failures, error) => failures < RETRIES_MAX && passes(error),
      },
      mutations: { retry: false },
    },
  })
}

function passes(error: Error): boolean {
  return error instanceof ServiceError || error instanceof ConnectionError
}
