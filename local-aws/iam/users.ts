import { newUser } from '../accounts.ts'
import { notImplemented } from '../errors.ts'
import { findText, getText, listTags } from '../parameters.ts'
import { describeUser } from './describe.ts'
import {
  alreadyExists,
  arnOf,
  deleteConflict,
  getUser,
  type IamCall,
  type IamOperation,
  noSuchEntity,
  userArn,
} from './iam-call.ts'
import { NAME, PATH, PATH_PREFIX } from './limits.ts'
import { pageOf } from './pages.ts'

const createUser: IamOperation = async (call) => {
  const { parameters, account, now } = call
  const name = getText(parameters, 'UserName', NAME)
  const path = findText(parameters, 'Path', PATH) ?? '/'
  const tags = listTags(parameters)
  if (parameters.has('PermissionsBoundary')) throw notImplemented('PermissionsBoundary')
  call.authorize(arnOf(account, 'user', path + name))
  const user = await call.change((changed) => {
    if (changed.users.has(name.toLowerCase())) {
      throw alreadyExists(`User with name ${name} already exists.`)
    }
    const created = { ...newUser(changed, { name, path, now }), tags }
    changed.users.set(name.toLowerCase(), created)
    return created
  })
  return {
    User: {
      ...describeUser(user),
      ...(tags.length > 0 && { Tags: tags }),
    },
  }
}

const getUserByName: IamOperation = (call) => {
  const name = userNameOf(call)
  call.authorize(userArn(call.account, name))
  const user = getUser(call.account, name)
  const { tags } = user
  return { User: { ...describeUser(user), ...(tags.length > 0 && { Tags: tags }) } }
}

const listUsers: IamOperation = (call) => {
  const { parameters, account } = call
  const prefix = findText(parameters, 'PathPrefix', PATH_PREFIX) ?? '/'
  call.authorize(arnOf(account, 'user', prefix))
  const found = [...account.users.values()].filter((user) => user.path.startsWith(prefix))
  const { items, end } = pageOf(parameters, found, (user) => user.name)
  return { Users: items.map(describeUser), ...end }
}

const deleteUser: IamOperation = async (call) => {
  const name = getText(call.parameters, 'UserName', NAME)
  call.authorize(userArn(call.account, name))
  await call.change((account) => {
    const user = getUser(account, name)
    if (user.accessKeys.length > 0) throw deleteConflict('delete access keys')
    if (user.attachedPolicies.length > 0) throw deleteConflict('detach all policies')
    if (user.inlinePolicies.size > 0) throw deleteConflict('delete policies')
    account.users.delete(name.toLowerCase())
  })
  return undefined
}

/** Who names no user means the caller. */
export function userNameOf({ parameters, callerArn }: IamCall): string {
  const name = findText(parameters, 'UserName', NAME)
  if (name !== undefined) return name
  const own = /:user\/(?:.*\/)?([^/]+)$/.exec(callerArn)?.[1]
  if (own !== undefined) return own
  throw noSuchEntity('Must specify userName when calling with non-User credentials')
}

export const userOperations: Record<string, IamOperation> = {
  CreateUser: createUser,
  GetUser: getUserByName,
  ListUsers: listUsers,
  DeleteUser: deleteUser,
}
