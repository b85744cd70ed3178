import { parseArn } from '@sluice/iam'
import type { Identities } from './identities.ts'

/**
 * AWS keeps a user or role that a policy names as Principal by its unique id. Whoever gets the same
 * name later is somebody else, and the policy then shows the id.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
type StoredPrincipals = { text: string } | { unknown: string }

/**
 * The policy text to keep, with users and roles by their unique ids and account numbers as ARNs;
 * or the first Principal that does not exist. The text must have been parsed as a policy before.
 */
export function storePrincipals(identities: Identities, text: string): StoredPrincipals {
  let unknown: string | undefined
  const stored = mapPrincipals(text, (value) => {
    const found = idOf(identities, value)
    if (found === undefined) unknown ??= value
    return found ?? value
  })
  return unknown === undefined ? { text: stored } : { unknown }
}

/** The policy text as AWS shows it: ARNs of those who still exist. */
export function showPrincipals(identities: Identities, text: string): string {
  return mapPrincipals(text, (value) => arnOf(identities, value) ?? value)
}

interface RawStatement {
  Principal?: unknown
  NotPrincipal?: unknown
}

function mapPrincipals(text: string, map: (value: string) => string): string {
  const policy: { Statement?: RawStatement | RawStatement[] } = JSON.parse(text)
  for (const statement of [policy.Statement ?? []].flat()) {
    for (const element of ['Principal', 'NotPrincipal'] as const) {
      if (statement[element] === undefined) continue
      statement[element] = mapElement(statement[element], map)
    }
  }
  return JSON.stringify(policy)
}

function mapElement(element: unknown, map: (value: string) => string): unknown {
  if (typeof element !== 'object' || element === null || !('AWS' in element)) return element
  const { AWS: values } = element
  if (typeof values === 'string') return { ...element, AWS: map(values) }
  if (!Array.isArray(values)) return element
  return { ...element, AWS: values.map((value) => map(String(value))) }
}

/** What to keep for this value, or undefined when nobody is called so. */
function idOf(identities: Identities, value: string): string | undefined {
  if (value === '*') return value
  if (/^\d{12}$/.test(value)) {
    return identities.accounts.has(value) ? `arn:aws:iam::${value}:root` : undefined
  }
  // An id in place of an ARN is kept only while it is somebody's.
  if (!value.startsWith('arn:')) return arnOf(identities, value) && value
  const arn = parseArn(value)
  const account = identities.accounts.get(arn?.accountId ?? '')
  if (!arn || !account || arn.partition !== 'aws') return undefined
  if (arn.resource === 'root') return value
  if (arn.service === 'sts') {
    const [, roleName = ''] = arn.resource.split('/')
    return [...account.roles.values()].some((it) => it.name === roleName) ? value : undefined
  }
  return holdersOf(identities, arn.accountId).find((it) => it.arn === value)?.id
}

function arnOf(identities: Identities, id: string): string | undefined {
  if (!/^A(ID|RO)A[A-Z0-9]+$/.test(id)) return undefined
  for (const accountId of identities.accounts.keys()) {
    const holder = holdersOf(identities, accountId).find((it) => it.id === id)
    if (holder) return holder.arn
  }
  return undefined
}

function holdersOf({ accounts }: Identities, accountId: string): { arn: string; id: string }[] {
  const account = accounts.get(accountId)
  return account ? [...account.users.values(), ...account.roles.values()] : []
}
