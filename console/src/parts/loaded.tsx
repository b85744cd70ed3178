import { NotFoundError } from '@sluice/sdk'
import type { UseQueryResult } from '@tanstack/react-query'
import { useLocation } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { Failure } from './failure.tsx'
import { ButtonTo } from './links.tsx'
import { Loading } from './loading.tsx'
import { type WayBack, wayBackFrom } from './way-back.ts'

/** The three ways a question to the service can stand. What is there stays there while it is asked again. */
export function Loaded<Data>({
  query,
  what,
  lines,
  wayBack,
  children,
}: {
  query: UseQueryResult<Data, Error>
  /** In words, for those who wait: `the outputs`. */
  what: string
  lines?: number
  /** Where one goes if it is not there; absent: to the list of its kind. */
  wayBack?: WayBack
  children: (data: Data) => ReactNode
}) {
  const pathname = useLocation({ select: (location) => location.pathname })
  const back = wayBack ?? wayBackFrom(pathname)
  if (query.data !== undefined) return children(query.data)
  if (query.error === null) return <Loading what={what} {...(lines !== undefined && { lines })} />
  const title = `Could not load ${what}`
  // What is not there is not there when it is asked for again.
  if (query.error instanceof NotFoundError)
    return (
      <Failure title={title} error={query.error}>
        <ButtonTo to={back.href} size="xs" variant="default" w="max-content">
          {back.name}
        </ButtonTo>
      </Failure>
    )
  return <Failure title={title} error={query.error} onRetry={() => void query.refetch()} />
}
