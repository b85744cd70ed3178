import { OutputPage } from './output-page.tsx'
import { VerificationReport } from './verification-report.tsx'

export function OutputVerification() {
  return (
    <OutputPage part="/verification">
      {(output) => <VerificationReport output={output} />}
    </OutputPage>
  )
}
