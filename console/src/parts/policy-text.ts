const HOPS_MAX = 4

/** A policy as it is read, and as AWS takes it: ASCII, so that nothing on the way changes it. */
export function formatPolicy(policy: unknown): string {
  return JSON.stringify(ordered(policy), null, 2).replaceAll(
    /[^\n -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const order = ['Version', 'Id', 'Statement', 'Sid', 'Effect', 'Principal', 'Action', 'Resource']

/** So that two policies of the same meaning differ in no line because of their order. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length)
  const members = Object.entries(value).sort(([a], [b]) => rank(a) - rank(b))
  return Object.fromEntries(members.map(([name, member]) => [name, ordered(member)]))
}

/** For comparing: an array of one means the same to AWS as the one alone. */
export function formatForDiff(policy: object): string {
  return formatPolicy(withoutArraysOfOne(policy))
}

function withoutArraysOfOne(value: unknown): unknown {
  if (Array.isArray(value)) {
    const members = value.map(withoutArraysOfOne)
    return members.length === 1 && typeof members[0] === 'string' ? members[0] : members
  }
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, member]) => [name, withoutArraysOfOne(member)])
  return Object.fromEntries(members)
}

/** The policy in what somebody has pasted: the JSON itself, or what the AWS CLI prints around it. */
export function readPolicy(text: string): object | undefined {
  return findPolicy(text, HOPS_MAX)
}

function findPolicy(value: unknown, hops: number): object | undefined {
  if (hops === 0) return undefined
  if (typeof value === 'string') return findPolicy(parse(value), hops - 1)
  if (typeof value !== 'object' || value === null) return undefined
  if ('Statement' in value) return value
  const [found] = Object.values(value).flatMap((member) => findPolicy(member, hops - 1) ?? [])
  return found
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
