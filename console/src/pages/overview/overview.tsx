import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../parts/page.tsx'

export function Overview() {
  return (
    <Page title="Overview">
      <Empty title="Nothing here yet" />
    </Page>
  )
}
