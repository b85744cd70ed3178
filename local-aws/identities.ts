/** Who exists: accounts with their users, keys, roles and policies. */
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
