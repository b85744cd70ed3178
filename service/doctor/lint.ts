import type { Case } from './questions.ts'
import type { FindingCode, Severity } from './report.ts'
import { list } from './words.ts'

/** Who else uses which id, so that a mix-up can be told. */
export interface OtherOutput {
  readonly outputId: string
  readonly externalId: string
}

/** One finding, but for the place of the statement. */
export interface Lint {
  readonly code: FindingCode
  readonly severity: Severity
  readonly message: string
  readonly remedy: string | undefined
}

export interface Linted extends Pick<Case, 'target' | 'principalArn'> {
  readonly otherOutputs: readonly OtherOutput[]
}

export function moreOf(values: string[], code: FindingCode, what: string): Lint {
  return {
    code,
    severity: 'ADVICE',
    message: `This statement ${what} ${list(values)}.`,
    remedy: 'Take it away unless you know whose it is.',
  }
}
