import { Failure } from './failure.tsx'

/** Beside what can be shown without it. */
export function NotLoaded({
  query,
  what,
}: {
  query: { data: unknown; error: Error | null; refetch(): Promise<unknown> }
  what: string
}) {
  if (query.data !== undefined || query.error === null) return null
  return (
    <Failure
      title={`Could not load ${what}`}
      error={query.error}
      onRetry={() => void query.refetch()}
    />
  )
}
