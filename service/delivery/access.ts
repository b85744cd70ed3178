/**
 * One use of a customer's role, as the customer can find it in their CloudTrail. Each is recorded when
 * it has ended, before the next begins.
 */
export interface RoleAccess {
  readonly at: Date
  /** For what: `export task <id>`, `verification`. */
  readonly why: string
  readonly action: AccessAction
  readonly sessionName: string
  /** Of the session that was used; the probes' sessions do not exist, so theirs is absent. */
  readonly accessKeyId: string | undefined
  readonly objectKey: string | undefined
  readonly stsRequestIds: string[]
  readonly s3RequestIds: string[]
  /** `OK`, the code of the error that it ended with, or `ABORTED` where it was not waited for. */
  readonly outcome: string
}

export const accessActions = [
  'PROVE_ROLE',
  'OPEN_SESSION',
  'FIND_REGION',
  'PUT_OBJECT',
  'ABORT_UPLOAD',
  'DELETE_OBJECT',
] as const
export type AccessAction = (typeof accessActions)[number]
