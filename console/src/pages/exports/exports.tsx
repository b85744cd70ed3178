import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../parts/page.tsx'

export function Exports() {
  return (
    <Page title="Exports">
      <Empty title="Nothing here yet" />
    </Page>
  )
}
