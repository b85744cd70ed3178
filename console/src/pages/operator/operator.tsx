import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../parts/page.tsx'

export function Operator() {
  return (
    <Page title="Operator">
      <Empty title="Nothing here yet" />
    </Page>
  )
}
