import { tagKeys } from '../caller.ts'
import { getText, listTags, listTexts } from '../parameters.ts'
import { getRole, type IamOperation, limitExceeded, roleArn } from './iam-call.ts'
import { NAME } from './limits.ts'
import { pageOf } from './pages.ts'

const TAGS_MAX = 50

const tagRole: IamOperation = async (call) => {
  const name = getText(call.parameters, 'RoleName', NAME)
  const tags = listTags(call.parameters)
  const keys = new Set(tags.map((tag) => tag.Key.toLowerCase()))
  call.authorize(roleArn(call.account, name), {
    ...tagKeys('aws:RequestTag', tags),
    'aws:TagKeys': tags.map((tag) => tag.Key),
  })
  await call.change((account) => {
    const role = getRole(account, name)
    role.tags = [...role.tags.filter((tag) => !keys.has(tag.Key.toLowerCase())), ...tags]
    if (role.tags.length > TAGS_MAX) {
      throw limitExceeded(`The number of tags has reached the maximum limit of ${TAGS_MAX}.`)
    }
  })
  return undefined
}

const untagRole: IamOperation = async (call) => {
  const name = getText(call.parameters, 'RoleName', NAME)
  const keys = listTexts(call.parameters, 'TagKeys', { min: 1, max: 128, itemsMax: TAGS_MAX })
  const gone = new Set(keys.map((key) => key.toLowerCase()))
  call.authorize(roleArn(call.account, name), { 'aws:TagKeys': keys })
  await call.change((account) => {
    const role = getRole(account, name)
    role.tags = role.tags.filter((tag) => !gone.has(tag.Key.toLowerCase()))
  })
  return undefined
}

const listRoleTags: IamOperation = (call) => {
  const name = getText(call.parameters, 'RoleName', NAME)
  call.authorize(roleArn(call.account, name))
  const { tags } = getRole(call.account, name)
  const { items, end } = pageOf(call.parameters, tags, (tag) => tag.Key)
  return { Tags: items, ...end }
}

export const roleTagOperations: Record<string, IamOperation> = {
  TagRole: tagRole,
  UntagRole: untagRole,
  ListRoleTags: listRoleTags,
}
