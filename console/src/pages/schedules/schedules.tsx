import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../parts/page.tsx'

export function Schedules() {
  return (
    <Page title="Schedules">
      <Empty title="Nothing here yet" />
    </Page>
  )
}
