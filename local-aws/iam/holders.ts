import type { Account, Role, User } from '../identities.ts'
import { getText } from '../parameters.ts'
import { getRole, getUser, type IamCall, roleArn, userArn } from './iam-call.ts'
import { NAME } from './limits.ts'

/** Users and roles hold policies in the same way; only names differ. */
export interface HolderKind {
  /** As operations and members spell it. */
  word: 'User' | 'Role'
  /** Characters of all inline policies together. */
  inlineCharactersMax: number
  get(account: Account, name: string): User | Role
  arn(account: Account, name: string): string
}

export const holderKinds: HolderKind[] = [
  { word: 'User', inlineCharactersMax: 2048, get: getUser, arn: userArn },
  { word: 'Role', inlineCharactersMax: 10_240, get: getRole, arn: roleArn },
]

export function holderNameOf({ parameters }: IamCall, { word }: HolderKind): string {
  return getText(parameters, `${word}Name`, NAME)
}
