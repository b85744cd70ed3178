import { OutputPage } from './output-page.tsx'

export function Policies() {
  return <OutputPage part="/policies">{() => null}</OutputPage>
}
