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
