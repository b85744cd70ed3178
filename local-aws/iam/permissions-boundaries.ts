import type { Role } from '../identities.ts'
import { getText } from '../parameters.ts'
import type { Element } from '../query-xml.ts'
import { checkAttachable } from './attached-policies.ts'
import { getRole, type IamOperation, noSuchEntity, roleArn } from './iam-call.ts'
import { ARN, NAME } from './limits.ts'

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html */
const putBoundary: IamOperation = async (call) => {
  const name = getText(call.parameters, 'RoleName', NAME)
  const boundary = getText(call.parameters, 'PermissionsBoundary', ARN)
  call.authorize(roleArn(call.account, name), boundaryContext(boundary))
  await call.change((account, identities) => {
    const role = getRole(account, name)
    role.permissionsBoundary = checkAttachable(account, identities, boundary)
  })
  return undefined
}

const deleteBoundary: IamOperation = async (call) => {
  const name = getText(call.parameters, 'RoleName', NAME)
  const { permissionsBoundary } = call.account.roles.get(name.toLowerCase()) ?? {}
  call.authorize(roleArn(call.account, name), boundaryContext(permissionsBoundary))
  await call.change((account) => {
    const role = getRole(account, name)
    if (role.permissionsBoundary === undefined) {
      throw noSuchEntity(`Role ${name} does not have a permissions boundary.`)
    }
    delete role.permissionsBoundary
  })
  return undefined
}

/** What a policy may ask of a call that sets or removes a boundary. */
export function boundaryContext(boundary: string | undefined): Record<string, string> {
  return boundary === undefined ? {} : { 'iam:PermissionsBoundary': boundary }
}

export function boundaryOf({ permissionsBoundary }: Role): Element {
  if (permissionsBoundary === undefined) return {}
  return {
    PermissionsBoundary: {
      PermissionsBoundaryType: 'Policy',
      PermissionsBoundaryArn: permissionsBoundary,
    },
  }
}

export const permissionsBoundaryOperations: Record<string, IamOperation> = {
  PutRolePermissionsBoundary: putBoundary,
  DeleteRolePermissionsBoundary: deleteBoundary,
}
