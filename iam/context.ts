import { parseArn } from './arn.ts'
import type { Variables } from './pattern.ts'
import type { AuthorizationRequest, Principal } from './request.ts'

/** The condition keys of a request, found by name in any case. */
export interface Context {
  values(key: string): string[] | undefined
  /** Nobody can say what the request carries under this key. */
  isUnknown(key: string): boolean
  variables: Variables
}

/**
 * The keys of the request, with those that follow from its principal and resource unless they were
 * given.
 */
export function readContext(request: AuthorizationRequest): Context {
  const keys = new Map<string, string[]>()
  const given = { ...keysOf(request.principal), 'aws:ResourceAccount': request.resourceAccountId }
  for (const [key, value] of [...Object.entries(given), ...Object.entries(request.context)]) {
    const values = [value].flat()
    if (values.length > 0) keys.set(key.toLowerCase(), values)
  }
  const values = (key: string) => keys.get(key.toLowerCase())
  const unknown = (request.unknownKeys ?? []).map((key) => key.toLowerCase())
  const isUnknown = (key: string) => !keys.has(key.toLowerCase()) && isAmong(unknown, key)
  return { values, isUnknown, variables: { valueOf: valueIn(values), isUnknown } }
}

/** A key with several values cannot stand in for a variable. */
function valueIn(values: Context['values']): Variables['valueOf'] {
  return (key) => {
    const found = values(key)
    return found?.length === 1 ? found[0] : undefined
  }
}

function isAmong(names: string[], key: string): boolean {
  const lower = key.toLowerCase()
  return names.some((name) => (name.endsWith('/') ? lower.startsWith(name) : lower === name))
}

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
 */
function keysOf(principal: Principal | 'anonymous'): Record<string, string> {
  if (principal === 'anonymous')
    return { 'aws:PrincipalType': 'Anonymous', 'aws:userid': 'anonymous' }
  const { accountId, arn, roleArn, uniqueId } = principal
  const shared = { 'aws:PrincipalArn': roleArn ?? arn, 'aws:PrincipalAccount': accountId }
  const [type = '', ...names] = parseArn(arn)?.resource.split('/') ?? []
  const name = names.at(-1) ?? ''
  if (type === 'assumed-role') {
    const userid = uniqueId && { 'aws:userid': `${uniqueId.split(':')[0]}:${name}` }
    return { ...shared, 'aws:PrincipalType': 'AssumedRole', ...userid }
  }
  if (type === 'user') {
    const userid = uniqueId && { 'aws:userid': uniqueId }
    return { ...shared, 'aws:PrincipalType': 'User', 'aws:username': name, ...userid }
  }
  if (type === 'root') return { ...shared, 'aws:PrincipalType': 'Account', 'aws:userid': accountId }
  return shared
}
