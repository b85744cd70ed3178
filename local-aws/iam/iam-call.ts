import { PolicyError, type PolicyKind } from '@sluice/iam'
import { getAccount } from '../accounts.ts'
import { authorize, denialText } from '../authorize.ts'
import { AwsError } from '../errors.ts'
import type { Account, Identities, Role, User } from '../identities.ts'
import type { Parameters } from '../parameters.ts'
import { readPolicy } from '../policy-texts.ts'
import type { Call } from '../query.ts'
import type { Element } from '../query-xml.ts'
import type { State } from '../state.ts'

/** A call of IAM. It is about the caller's own account, and reaches no other. */
export interface IamCall {
  parameters: Parameters
  now: Date
  /** As they are now; to read only. */
  identities: Identities
  account: Account
  /** The ARN of the caller's user or role. */
  callerArn: string
  /** Throws AccessDenied unless the caller may do `iam:` and this operation to the resource. */
  authorize(resource: string, context?: Record<string, string | string[]>): void
  /** Makes a change durable. What the work needs to find, it finds in the account it is given. */
  change<R>(work: (account: Account, identities: Identities) => R): Promise<R>
}

/** The members of the answer, or nothing. */
export type IamOperation = (call: IamCall) => Promise<Element | undefined> | Element | undefined

export function openIamCall(state: State, operation: string, call: Call): IamCall {
  const { caller, parameters, now, changeDelayMs } = call
  const { principal } = caller
  if (principal === 'anonymous') throw new AwsError('AccessDenied', 403, 'Access Denied')
  const { accountId } = principal
  const action = `iam:${operation}`
  return {
    parameters,
    now,
    identities: state.identities,
    account: getAccount(state.identities, accountId),
    callerArn: principal.roleArn ?? principal.arn,
    authorize(resource, context = {}) {
      const decision = authorize(caller, {
        action,
        resource,
        resourceAccountId: accountId,
        context,
      })
      if (decision.allowed) return
      throw new AwsError('AccessDenied', 403, denialText(caller, { action, resource }, decision))
    },
    change: (work) =>
      state.change(
        (identities) => work(getAccount(identities, accountId), identities),
        changeDelayMs > 0 ? { holdsFrom: new Date(now.getTime() + changeDelayMs), now } : undefined,
      ),
  }
}

/** Throws MalformedPolicyDocument. */
export function checkPolicy(text: string, kind: PolicyKind): void {
  try {
    readPolicy(text, kind)
  } catch (cause) {
    if (!(cause instanceof PolicyError)) throw cause
    throw new AwsError('MalformedPolicyDocument', 400, cause.message, { cause })
  }
}

/** Characters as IAM counts them for its quotas: white space is free. */
export function policyCharacters(text: string): number {
  return text.replace(/\s/g, '').length
}

export function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceeded', 409, message)
}

export function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntity', 404, message)
}

export function deleteConflict(message: string): AwsError {
  return new AwsError('DeleteConflict', 409, `Cannot delete entity, must ${message} first.`)
}

export function alreadyExists(message: string): AwsError {
  return new AwsError('EntityAlreadyExists', 409, message)
}

export function getUser({ users }: Account, name: string): User {
  const user = users.get(name.toLowerCase())
  if (user) return user
  throw noSuchEntity(`The user with name ${name} cannot be found.`)
}

export function getRole({ roles }: Account, name: string): Role {
  const role = roles.get(name.toLowerCase())
  if (role) return role
  throw noSuchEntity(`The role with name ${name} cannot be found.`)
}

/** Of the user if there is one; else as it would be without a path, so that the caller is judged first. */
export function userArn(account: Account, name: string): string {
  return account.users.get(name.toLowerCase())?.arn ?? arnOf(account, 'user', `/${name}`)
}

export function roleArn(account: Account, name: string): string {
  return account.roles.get(name.toLowerCase())?.arn ?? arnOf(account, 'role', `/${name}`)
}

export function arnOf(
  { accountId }: Account,
  type: 'user' | 'role' | 'policy',
  pathAndName: string,
): string {
  return `arn:aws:iam::${accountId}:${type}${pathAndName}`
}
