import { Empty } from '../../parts/empty.tsx'
import { Page } from '../../parts/page.tsx'

export function Licenses() {
  return (
    <Page title="Licenses">
      <Empty title="Nothing here yet" />
    </Page>
  )
}
