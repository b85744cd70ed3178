import { AwsError } from '../errors.ts'
import type { Identities, Role } from '../identities.ts'
import { newId } from '../ids.ts'
import { findInteger, findText, getText, listTags } from '../parameters.ts'
import { storePrincipals } from '../principals.ts'
import { checkAttachable } from './attached-policies.ts'
import { describeRole } from './describe.ts'
import {
  alreadyExists,
  arnOf,
  checkPolicy,
  deleteConflict,
  getRole,
  type IamOperation,
  limitExceeded,
  policyCharacters,
  roleArn,
} from './iam-call.ts'
import {
  ARN,
  DESCRIPTION,
  MAX_SESSION_SECONDS,
  NAME,
  PATH,
  PATH_PREFIX,
  POLICY_DOCUMENT,
} from './limits.ts'
import { pageOf } from './pages.ts'
import { boundaryContext, boundaryOf } from './permissions-boundaries.ts'

const TRUST_POLICY_CHARACTERS_MAX = 2048
const SESSION_SECONDS = 3600

const createRole: IamOperation = async (call) => {
  const { parameters, now } = call
  const name = getText(parameters, 'RoleName', NAME)
  const path = findText(parameters, 'Path', PATH) ?? '/'
  const trustPolicy = getText(parameters, 'AssumeRolePolicyDocument', POLICY_DOCUMENT)
  const description = findText(parameters, 'Description', DESCRIPTION) ?? ''
  const seconds = findInteger(parameters, 'MaxSessionDuration', MAX_SESSION_SECONDS)
  const tags = listTags(parameters)
  const boundary = findText(parameters, 'PermissionsBoundary', ARN)
  const arn = arnOf(call.account, 'role', path + name)
  call.authorize(arn, boundaryContext(boundary))
  return call.change((account, identities) => {
    if (account.roles.has(name.toLowerCase())) {
      throw alreadyExists(`Role with name ${name} already exists.`)
    }
    const role: Role = {
      name,
      path,
      id: newId('AROA'),
      arn,
      created: now.toISOString(),
      tags,
      inlinePolicies: new Map(),
      attachedPolicies: [],
      trustPolicy: readTrustPolicy(identities, trustPolicy),
      description,
      maxSessionSeconds: seconds ?? SESSION_SECONDS,
      ...(boundary !== undefined && {
        permissionsBoundary: checkAttachable(account, identities, boundary),
      }),
    }
    account.roles.set(name.toLowerCase(), role)
    return { Role: { ...describeRole(identities, role), ...boundaryOf(role), ...tagsOf(role) } }
  })
}

const getRoleByName: IamOperation = (call) => {
  const name = getText(call.parameters, 'RoleName', NAME)
  call.authorize(roleArn(call.account, name))
  const role = getRole(call.account, name)
  const described = { ...describeRole(call.identities, role), ...boundaryOf(role), ...tagsOf(role) }
  return { Role: { ...described, RoleLastUsed: {} } }
}

const listRoles: IamOperation = (call) => {
  const { parameters, account, identities } = call
  const prefix = findText(parameters, 'PathPrefix', PATH_PREFIX) ?? '/'
  call.authorize(arnOf(account, 'role', prefix))
  const found = [...account.roles.values()].filter((role) => role.path.startsWith(prefix))
  const { items, end } = pageOf(parameters, found, (role) => role.name)
  return { Roles: items.map((role) => describeRole(identities, role)), ...end }
}

const updateRole: IamOperation = async (call) => {
  const { parameters } = call
  const name = getText(parameters, 'RoleName', NAME)
  const description = findText(parameters, 'Description', DESCRIPTION)
  const seconds = findInteger(parameters, 'MaxSessionDuration', MAX_SESSION_SECONDS)
  call.authorize(roleArn(call.account, name))
  await call.change((account) => {
    const role = getRole(account, name)
    role.description = description ?? role.description
    role.maxSessionSeconds = seconds ?? role.maxSessionSeconds
  })
  return {}
}

const deleteRole: IamOperation = async (call) => {
  const name = getText(call.parameters, 'RoleName', NAME)
  call.authorize(roleArn(call.account, name))
  await call.change((account) => {
    const role = getRole(account, name)
    if (role.attachedPolicies.length > 0) throw deleteConflict('detach all policies')
    if (role.inlinePolicies.size > 0) throw deleteConflict('delete policies')
    account.roles.delete(name.toLowerCase())
  })
  return undefined
}

const updateAssumeRolePolicy: IamOperation = async (call) => {
  const name = getText(call.parameters, 'RoleName', NAME)
  const text = getText(call.parameters, 'PolicyDocument', POLICY_DOCUMENT)
  call.authorize(roleArn(call.account, name))
  await call.change((account, identities) => {
    getRole(account, name).trustPolicy = readTrustPolicy(identities, text)
  })
  return undefined
}

/** The text to keep. Throws MalformedPolicyDocument, also for a Principal that does not exist. */
function readTrustPolicy(identities: Identities, text: string): string {
  if (policyCharacters(text) > TRUST_POLICY_CHARACTERS_MAX) {
    throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${TRUST_POLICY_CHARACTERS_MAX}`)
  }
  checkPolicy(text, 'trust')
  const stored = storePrincipals(identities, text)
  if ('text' in stored) return stored.text
  throw new AwsError(
    'MalformedPolicyDocument',
    400,
    `Invalid principal in policy: "AWS":"${stored.unknown}"`,
  )
}

function tagsOf({ tags }: Role) {
  return tags.length > 0 ? { Tags: tags } : {}
}

export const roleOperations: Record<string, IamOperation> = {
  CreateRole: createRole,
  GetRole: getRoleByName,
  ListRoles: listRoles,
  UpdateRole: updateRole,
  DeleteRole: deleteRole,
  UpdateAssumeRolePolicy: updateAssumeRolePolicy,
}
