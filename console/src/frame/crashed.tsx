import type { ErrorComponentProps } from '@tanstack/react-router'
import { Failure } from '../parts/failure.tsx'
import { Page } from '../parts/page.tsx'

/** In the place of a page that could not be shown. */
export function Crashed({ error, reset }: ErrorComponentProps) {
  return (
    <Page title="This page could not be shown">
      <Failure error={error} onRetry={reset} />
    </Page>
  )
}
