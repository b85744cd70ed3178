/** What an export would meet, as far as the pasted documents tell. */
export interface Report {
  /**
   * FAILED: an export would fail, or a document cannot be read. UNDECIDED: nothing stands in the way,
   * but some answer hangs on what nobody can know before, or on a document that was not given.
   */
  readonly verdict: Verdict
  readonly documents: DocumentNote[]
  readonly checks: Check[]
  readonly findings: Finding[]
  /** What was taken for granted, a sentence each. */
  readonly assumptions: string[]
  /** Complete documents, to paste. */
  readonly corrected: Corrected
}

export const verdicts = ['PASSED', 'FAILED', 'UNDECIDED'] as const
export type Verdict = (typeof verdicts)[number]

export const answers = ['ALLOWED', 'DENIED', 'UNDECIDED'] as const
export type Answer = (typeof answers)[number]

/** A pasted document: how many statements were read, or what is wrong with it and where. */
interface DocumentNote {
  /** Where it stands in the request: `permissionsPolicies[0]`. */
  readonly member: string
  readonly statements: number
  readonly problem: string | undefined
}

/** A statement, counted from 1. */
export interface StatementPlace {
  readonly member: string
  readonly statement: number
  readonly sid: string | undefined
}

/** One call that an export makes, and what AWS would answer. */
export interface Check {
  readonly asked: string
  readonly action: string
  readonly resource: string
  readonly expected: 'ALLOWED' | 'DENIED'
  readonly answer: Answer
  /** Exports fail when the answer is another than expected. */
  readonly isRequired: boolean
  readonly decidedBy: StatementPlace | undefined
  readonly explanation: string
  readonly remedy: string | undefined
}

export const severities = ['ERROR', 'WARNING', 'ADVICE'] as const
export type Severity = (typeof severities)[number]

/** Something about a document itself. */
export interface Finding {
  readonly code: FindingCode
  /** ERROR: exports fail for it. WARNING: it opens more than it should. ADVICE: could be better. */
  readonly severity: Severity
  readonly place: StatementPlace | undefined
  readonly message: string
  readonly remedy: string | undefined
}

export const findingCodes = [
  'NO_EXTERNAL_ID',
  'OTHER_CONDITION_KEY',
  'EXTERNAL_ID_WILDCARD',
  'EXTERNAL_ID_OPTIONAL',
  'EXTERNAL_ID_NOT_COMPARED',
  'EXTERNAL_ID_CASE_IGNORED',
  'EXTERNAL_ID_OF_OTHER_OUTPUT',
  'EXTERNAL_ID_MISSPELT',
  'EXTERNAL_ID_DIFFERS',
  'MORE_EXTERNAL_IDS',
  'PRINCIPAL_EVERYONE',
  'PRINCIPAL_WHOLE_ACCOUNT',
  'PRINCIPAL_DELETED',
  'PRINCIPAL_DIFFERS',
  'MORE_PRINCIPALS',
  'ACTION_DIFFERS',
  'SESSION_NAME_DIFFERS',
  'CONDITION_UNMEETABLE',
  'TRUST_DENIES',
  'ROLE_DIFFERS',
  'BOUNDARY_NOT_GIVEN',
  'MORE_THAN_NEEDED',
] as const
export type FindingCode = (typeof findingCodes)[number]

export interface Corrected {
  readonly trustPolicy?: Policy
  readonly permissionsPolicy?: Policy
  readonly bucketPolicy?: Policy
  readonly kmsKeyPolicy?: Policy
}

/** As JSON. */
export type Policy = Record<string, unknown>
