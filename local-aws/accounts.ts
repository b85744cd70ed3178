import { AwsError } from './errors.ts'
import type { AccessKey, Account, Identities, User } from './identities.ts'
import { newAccountId, newId, newSecretAccessKey } from './ids.ts'
import type { State } from './state.ts'

export interface LocalAccount {
  accountId: string
  /** Of a user with AdministratorAccess. */
  accessKeyId: string
  secretAccessKey: string
}

export interface ServiceUser {
  arn: string
  accessKeyId: string
  secretAccessKey: string
}

const ADMINISTRATOR_ACCESS = 'arn:aws:iam::aws:policy/AdministratorAccess'

/** Makes the account and its administrator; what exists already is answered as it is. */
export async function createAccount(
  state: State,
  now: Date,
  options: { accountId?: string; userName?: string },
): Promise<LocalAccount> {
  const { accountId = newAccountId(), userName = 'administrator' } = options
  if (!/^\d{12}$/.test(accountId)) throw new TypeError(`${accountId} is no AWS account id`)
  return state.change((identities) => {
    const account = identities.accounts.get(accountId) ?? newAccount(accountId, now)
    identities.accounts.set(accountId, account)
    const { key } = ensureUser(account, { userName, now }, (user) => {
      user.attachedPolicies.push(ADMINISTRATOR_ACCESS)
    })
    return { accountId, accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey }
  })
}

/** Makes a user who may call sts:AssumeRole alone; one that exists is answered as it is. */
export async function createServiceUser(
  state: State,
  now: Date,
  options: { accountId: string; userName: string },
): Promise<ServiceUser> {
  const { accountId, userName } = options
  return state.change((identities) => {
    const account = getAccount(identities, accountId)
    const { user, key } = ensureUser(account, { userName, now }, (created) => {
      const policy = JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }],
      })
      created.inlinePolicies.set('assume-roles', policy)
    })
    return { arn: user.arn, accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey }
  })
}

/** Throws for an account that does not exist. */
export function getAccount(identities: Identities, accountId: string): Account {
  const account = identities.accounts.get(accountId)
  if (account) return account
  throw new AwsError('NoSuchEntity', 404, `The account ${accountId} cannot be found.`)
}

export function newUser(
  account: Account,
  { name, path, now }: { name: string; path: string; now: Date },
): User {
  return {
    name,
    path,
    id: newId('AIDA'),
    arn: `arn:aws:iam::${account.accountId}:user${path}${name}`,
    created: now.toISOString(),
    tags: [],
    inlinePolicies: new Map(),
    attachedPolicies: [],
    accessKeys: [],
  }
}

export function newAccessKey(now: Date): AccessKey {
  return {
    accessKeyId: newId('AKIA'),
    secretAccessKey: newSecretAccessKey(),
    status: 'Active',
    created: now.toISOString(),
  }
}

function newAccount(accountId: string, now: Date): Account {
  return {
    accountId,
    created: now.toISOString(),
    users: new Map(),
    roles: new Map(),
    policies: new Map(),
  }
}

function ensureUser(
  account: Account,
  { userName, now }: { userName: string; now: Date },
  whenNew: (user: User) => void,
): { user: User; key: AccessKey } {
  const slot = userName.toLowerCase()
  const existing = account.users.get(slot)
  const user = existing ?? newUser(account, { name: userName, path: '/', now })
  if (!existing) whenNew(user)
  account.users.set(slot, user)
  const active = user.accessKeys.find((it) => it.status === 'Active')
  const key = active ?? newAccessKey(now)
  if (!active) user.accessKeys.push(key)
  return { user, key }
}
