import { Page } from '../../parts/page.tsx'

export function NewExport() {
  return <Page title="New export">{null}</Page>
}
