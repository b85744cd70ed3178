import { newAccessKey } from '../accounts.ts'
import type { AccessKey, User } from '../identities.ts'
import { getText } from '../parameters.ts'
import { describeAccessKey } from './describe.ts'
import { getUser, type IamOperation, limitExceeded, noSuchEntity, userArn } from './iam-call.ts'
import { pageOf } from './pages.ts'
import { userNameOf } from './users.ts'

const KEYS_PER_USER_MAX = 2
const KEY_ID = { pattern: /^\w+$/, min: 16, max: 128 }

/** The only answer that ever shows the secret. */
const createAccessKey: IamOperation = async (call) => {
  const name = userNameOf(call)
  call.authorize(userArn(call.account, name))
  return call.change((account) => {
    const user = getUser(account, name)
    if (user.accessKeys.length >= KEYS_PER_USER_MAX) {
      throw limitExceeded(`Cannot exceed quota for AccessKeysPerUser: ${KEYS_PER_USER_MAX}`)
    }
    const key = newAccessKey(call.now)
    user.accessKeys.push(key)
    return {
      AccessKey: { ...describeAccessKey(user, key), SecretAccessKey: key.secretAccessKey },
    }
  })
}

const listAccessKeys: IamOperation = (call) => {
  const name = userNameOf(call)
  call.authorize(userArn(call.account, name))
  const user = getUser(call.account, name)
  const { items, end } = pageOf(call.parameters, user.accessKeys, (key) => key.accessKeyId)
  return { AccessKeyMetadata: items.map((key) => describeAccessKey(user, key)), ...end }
}

const updateAccessKey: IamOperation = async (call) => {
  const name = userNameOf(call)
  const id = getText(call.parameters, 'AccessKeyId', KEY_ID)
  const status = getText(call.parameters, 'Status', { pattern: /^(Active|Inactive)$/ })
  call.authorize(userArn(call.account, name))
  await call.change((account) => {
    getAccessKey(getUser(account, name), id).status = status === 'Active' ? status : 'Inactive'
  })
  return undefined
}

const deleteAccessKey: IamOperation = async (call) => {
  const name = userNameOf(call)
  const id = getText(call.parameters, 'AccessKeyId', KEY_ID)
  call.authorize(userArn(call.account, name))
  await call.change((account) => {
    const user = getUser(account, name)
    const key = getAccessKey(user, id)
    user.accessKeys = user.accessKeys.filter((it) => it !== key)
  })
  return undefined
}

function getAccessKey({ accessKeys }: User, accessKeyId: string): AccessKey {
  const key = accessKeys.find((it) => it.accessKeyId === accessKeyId)
  if (key) return key
  throw noSuchEntity(`The Access Key with id ${accessKeyId} cannot be found.`)
}

export const accessKeyOperations: Record<string, IamOperation> = {
  CreateAccessKey: createAccessKey,
  ListAccessKeys: listAccessKeys,
  UpdateAccessKey: updateAccessKey,
  DeleteAccessKey: deleteAccessKey,
}
