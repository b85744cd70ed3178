import type { Verification } from '@sluice/sdk'
import { Status, type Tone } from './status.tsx'
import { currentVerdictOf } from './verdict.ts'

const verdicts: Record<Verification['verdict'], { tone: Tone; word: string }> = {
  PASSED: { tone: 'good', word: 'Verified' },
  FAILED: { tone: 'bad', word: 'Failed' },
  INCONCLUSIVE: { tone: 'doubt', word: 'Inconclusive' },
}

/** What is known of an output's role now, or else what its last report says; null: nobody has verified it. */
export function VerdictStatus({ verification }: { verification: Verification | null }) {
  if (verification === null) return <Status tone="none">Not verified</Status>
  const { tone, word } = verdicts[currentVerdictOf(verification)]
  return <Status tone={tone}>{word}</Status>
}
