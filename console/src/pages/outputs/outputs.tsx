import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../parts/page.tsx'

export function Outputs() {
  return (
    <Page title="Outputs">
      <Empty title="Nothing here yet" />
    </Page>
  )
}
