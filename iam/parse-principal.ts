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

/** No wildcards but the lone `*`, and no groups. */
function checkAwsPrincipal(value: string): void {
  if (value === '*' || /^\d{12}$/.test(value) || /^A(ID|RO)A[A-Z0-9]+$/.test(value)) return
  const arn = parseArn(value)
  const isPlain =
    /^[\w+=,.@/:-]+$/.test(value) && arn?.region === '' && /^\d{12}$/.test(arn.accountId)
  const isIam = arn?.service === 'iam' && /^(root|(user|role)\/.+)$/.test(arn.resource)
  const isSession =
    arn?.service === 'sts' && /^(assumed-role|federated-user)\/.+$/.test(arn.resource)
  if (isPlain && (isIam || isSession)) return
  throw new PolicyError(`Invalid principal in policy: "AWS":"${value}"`)
}
