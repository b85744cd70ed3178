import { AwsError } from '../errors.ts'
import type { Call } from '../query.ts'
import type { Element } from '../query-xml.ts'

/** Needs no permission. A session's ARN is without its role's path. */
export function getCallerIdentity({ caller }: Call): Element {
  const { principal, session } = caller
  if (principal === 'anonymous') throw new AwsError('AccessDenied', 403, 'Access Denied')
  const userId = session ? `${session.roleId}:${session.sessionName}` : principal.uniqueId
  return { Arn: principal.arn, UserId: userId, Account: principal.accountId }
}
