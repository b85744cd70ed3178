import { OutputPage } from './output-page.tsx'

export function Accesses() {
  return <OutputPage part="/accesses">{() => null}</OutputPage>
}
