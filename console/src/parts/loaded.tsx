import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failure } from './failure.tsx'
import { Loading } from './loading.tsx'

/** The three ways a question to the service can stand. What is there stays there while it is asked again. */
export function Loaded<Data>({
  query,
  what,
  lines,
  children,
}: {
  query: UseQueryResult<Data, Error>
  /** In words, for those who wait: `the outputs`. */
  what: string
  lines?: number
  children: (data: Data) => ReactNode
}) {
  if (query.data !== undefined) return children(query.data)
  if (query.error === null) return <Loading what={what} {...(lines !== undefined && { lines })} />
  return (
    <Failure
      title={`Could not load ${what}`}
      error={query.error}
      onRetry={() => void query.refetch()}
    />
  )
}
