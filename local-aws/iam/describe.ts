import { toSeconds } from '../caller.ts'
import type { AccessKey, Identities, ManagedPolicy, Role, User } from '../identities.ts'
import { showPrincipals } from '../principals.ts'
import type { Element } from '../query-xml.ts'

/** How IAM shows what it holds. */
export function describeUser(user: User): Element {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: user.arn,
    CreateDate: showTime(user.created),
  }
}

export function describeRole(identities: Identities, role: Role): Element {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: showTime(role.created),
    AssumeRolePolicyDocument: encodeDocument(showPrincipals(identities, role.trustPolicy)),
    Description: role.description || undefined,
    MaxSessionDuration: role.maxSessionSeconds,
  }
}

export function describeAccessKey(user: User, key: AccessKey): Element {
  return {
    UserName: user.name,
    AccessKeyId: key.accessKeyId,
    Status: key.status,
    CreateDate: showTime(key.created),
  }
}

export function describePolicy(identities: Identities, policy: ManagedPolicy): Element {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: 'v1',
    AttachmentCount: countAttachments(identities, policy.arn),
    PermissionsBoundaryUsageCount: countBoundaries(identities, policy.arn),
    IsAttachable: true,
    CreateDate: showTime(policy.created),
    UpdateDate: showTime(policy.created),
  }
}

export function countAttachments({ accounts }: Identities, arn: string): number {
  const holders = [...accounts.values()].flatMap(({ users, roles }) => [
    ...users.values(),
    ...roles.values(),
  ])
  return holders.filter((holder) => holder.attachedPolicies.includes(arn)).length
}

export function countBoundaries({ accounts }: Identities, arn: string): number {
  const roles = [...accounts.values()].flatMap((account) => [...account.roles.values()])
  return roles.filter((role) => role.permissionsBoundary === arn).length
}

export function showTime(time: string): string {
  return toSeconds(new Date(time))
}

/** Policies come percent-encoded, by RFC 3986. */
export function encodeDocument(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
