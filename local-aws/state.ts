import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { lockDirectory } from './directory-lock.ts'
import { createHeldBack, type Holding } from './held-back.ts'

/**
 * Who exists: accounts with their users, keys, roles and policies. All of it is held in memory and
 * kept in one file, which is replaced as a whole; a change counts once the new file is on the disk.
 */
export interface Identities {
  /** Base64 of the 256-bit key that seals session tokens. */
  tokenKey: string
  /** By account id. */
  accounts: Map<string, Account>
}

/** Users, roles and policies by their name in lower case: IAM's names differ by more than case. */
export interface Account {
  accountId: string
  created: string
  users: Map<string, User>
  roles: Map<string, Role>
  policies: Map<string, ManagedPolicy>
  /** Absent: the account is in no organization. */
  organizationPolicies?: OrganizationPolicies
  /** Regions whose STS gives no credentials of this account. */
  deactivatedStsRegions?: string[]
}

/** Policy texts, all of one level. Absent: none of the kind limits the account. */
export interface OrganizationPolicies {
  serviceControl?: readonly string[]
  resourceControl?: readonly string[]
}

/** As AWS spells it. */
export type Tag = { Key: string; Value: string }

interface Holder {
  name: string
  path: string
  /** `AIDA…` or `AROA…`; never used again. */
  id: string
  arn: string
  /** ISO 8601. */
  created: string
  tags: Tag[]
  /** Policy texts by policy name. */
  inlinePolicies: Map<string, string>
  /** ARNs of managed policies. */
  attachedPolicies: string[]
}

export interface User extends Holder {
  accessKeys: AccessKey[]
}

export interface AccessKey {
  accessKeyId: string
  secretAccessKey: string
  status: 'Active' | 'Inactive'
  created: string
}

export interface Role extends Holder {
  /** The trust policy with users and roles by their unique ids. */
  trustPolicy: string
  description: string
  maxSessionSeconds: number
  /** The ARN of a managed policy. */
  permissionsBoundary?: string
}

export interface ManagedPolicy {
  name: string
  path: string
  id: string
  arn: string
  created: string
  description: string
  text: string
  tags: Tag[]
}

export interface State {
  /** As it is now. Read only: changes go through `change`. */
  readonly identities: Identities
  /** As it holds for who may do what: without the changes that are still held back. */
  identitiesAt(now: Date): Identities
  /**
   * Applies the work to a copy, makes the copy durable, then lets it be seen; nothing changes when
   * the work throws. One change at a time. With `holdsFrom` it is seen at once and holds later.
   */
  change<R>(work: (identities: Identities) => R, holding?: Holding): Promise<R>
  /** Resolves when running changes are durable and the directory is free. */
  close(): Promise<void>
}

const FILE_NAME = 'identities.json'

export async function openState(dataDirectory: string): Promise<State> {
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 })
  const lock = lockDirectory(dataDirectory)
  const path = join(dataDirectory, FILE_NAME)
  let identities = await readIdentities(path)
  let last: Promise<unknown> = Promise.resolve()
  const heldBack = createHeldBack()

  async function apply<R>(work: (identities: Identities) => R, holding?: Holding): Promise<R> {
    const changed = structuredClone(identities)
    const result = work(changed)
    await replaceFile(path, writeIdentities(changed))
    if (holding) heldBack.add({ before: identities, after: changed }, holding)
    identities = changed
    return result
  }

  return {
    get identities() {
      return identities
    },
    identitiesAt: (now) => heldBack.withoutHeldBack(identities, now),
    change(work, holding) {
      const result = last.then(() => apply(work, holding))
      last = result.catch(() => undefined)
      return result
    },
    async close() {
      await last
      lock.release()
    },
  }
}

async function readIdentities(path: string): Promise<Identities> {
  try {
    return parseIdentities(await readFile(path, 'utf8'))
  } catch (error) {
    if (!isMissing(error)) throw error
    const identities = { tokenKey: randomBytes(32).toString('base64'), accounts: new Map() }
    await replaceFile(path, writeIdentities(identities))
    return identities
  }
}

/** The cast holds because nobody but `replaceFile` writes this file, whole or not at all. */
function parseIdentities(text: string): Identities {
  return JSON.parse(text, (_name, value) => {
    const isMap = typeof value === 'object' && value !== null && Array.isArray(value.entries)
    return isMap ? new Map(value.entries) : value
  }) as Identities
}

function writeIdentities(identities: Identities): string {
  return JSON.stringify(identities, (_name, value) => {
    return value instanceof Map ? { entries: [...value] } : value
  })
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** Replaces a file so that a crash leaves either the old or the new content. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const next = `${path}.next`
  const file = await open(next, 'w', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, path)
  const directory = await open(join(path, '..'), 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

export function findAccessKey(
  identities: Identities,
  accessKeyId: string,
): { account: Account; user: User; key: AccessKey } | undefined {
  for (const account of identities.accounts.values()) {
    for (const user of account.users.values()) {
      const key = user.accessKeys.find((it) => it.accessKeyId === accessKeyId)
      if (key) return { account, user, key }
    }
  }
  return undefined
}
