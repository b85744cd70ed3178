import { parseArn } from './arn.ts'
import { PolicyError, type PrincipalElement, type PrincipalType } from './policy.ts'
import { isRecord, readStrings } from './shape.ts'

const types: Record<'resource' | 'trust', PrincipalType[]> = {
  resource: ['AWS', 'Service', 'Federated', 'CanonicalUser'],
  trust: ['AWS', 'Service', 'Federated'],
}

/**
 * Reads Principal or NotPrincipal. Whether the users and roles it names exist is for the caller to
 * find out. Throws PolicyError.
 */
export function readPrincipal(value: unknown, kind: 'resource' | 'trust'): PrincipalElement {
  if (value === '*') return { AWS: ['*'] }
  if (!isRecord(value) || Object.keys(value).length === 0) {
    throw new PolicyError('Invalid principal in policy. It must be "*" or an object.')
  }
  const element: PrincipalElement = {}
  for (const [name, values] of Object.entries(value)) {
    const type = types[kind].find((it) => it === name)
    if (!type) throw new PolicyError(`Invalid principal in policy: ${JSON.stringify(name)}`)
    const read = readStrings(values, `Principal ${name}`)
    if (type === 'AWS') for (const it of read) checkAwsPrincipal(it)
    element[type] = read
  }
  return element
}

/** A path takes all of visible ASCII but wildcards, which name nobody. */
const USER_OR_ROLE = /^(user|role)\/(?:[!-~]+\/)?[\w+=,.@-]+$/
const SESSION = /^(assumed-role|federated-user)\/[\w+=,.@/-]+$/

/** No wildcards but the lone `*`, and no groups. */
function checkAwsPrincipal(value: string): void {
  if (value === '*' || /^\d{12}$/.test(value) || /^A(ID|RO)A[A-Z0-9]+$/.test(value)) return
  const { service, region, accountId = '', resource = '' } = parseArn(value) ?? {}
  const isOfAccount = region === '' && /^\d{12}$/.test(accountId)
  const isIam = service === 'iam' && (resource === 'root' || USER_OR_ROLE.test(resource))
  const isSession = service === 'sts' && SESSION.test(resource)
  if (isOfAccount && (isIam || isSession) && !/[*?]/.test(resource)) return
  throw new PolicyError(`Invalid principal in policy: "AWS":"${value}"`)
}
