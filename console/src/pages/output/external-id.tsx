import { OutputPage } from './output-page.tsx'

export function OutputExternalId() {
  return <OutputPage part="/external-id">{() => null}</OutputPage>
}
