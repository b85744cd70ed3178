import { hasValidVariables } from './pattern.ts'
import { type Grammar, PolicyError, type PolicyKind, type Statement } from './policy.ts'
import { readStrings } from './shape.ts'

type Element = Record<string, unknown>

/** Action or NotAction. A trust policy may only speak of STS. */
export function readActions(value: Element, kind: PolicyKind): Partial<Statement> {
  if (value.Action !== undefined && value.NotAction !== undefined) {
    throw new PolicyError('Statement must not hold both Action and NotAction.')
  }
  if (value.Action !== undefined) {
    const actions = readStrings(value.Action, 'Action')
    for (const action of actions) checkAction(action, kind)
    return { Action: actions }
  }
  if (value.NotAction === undefined) throw new PolicyError('Policy statement must contain actions.')
  if (kind === 'trust') refuseOtherThanSts()
  if (kind === 'resourceControl') throw new PolicyError('Has prohibited field NotAction')
  const notActions = readStrings(value.NotAction, 'NotAction')
  for (const action of notActions) checkAction(action, kind)
  return { NotAction: notActions }
}

function checkAction(action: string, kind: PolicyKind): void {
  if (kind === 'trust' && !/^sts:/i.test(action)) refuseOtherThanSts()
  if (action === '*') return
  const [service, name, ...more] = action.split(':')
  if (name === undefined) {
    throw new PolicyError(
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    )
  }
  if (!/^[A-Za-z0-9-]+$/.test(service ?? '')) {
    throw new PolicyError(`Vendor ${service} is not valid`)
  }
  if (more.length > 0 || !/^[A-Za-z0-9*?]+$/.test(name)) {
    throw new PolicyError(`Policy has invalid action: ${action}`)
  }
}

function refuseOtherThanSts(): never {
  throw new PolicyError('AssumeRole policy may only specify STS AssumeRole actions.')
}

/** Resource or NotResource; a trust policy has none, since it is about its role. */
export function readResources(value: Element, { kind, hasVariables }: Grammar): Partial<Statement> {
  const { Resource: resource, NotResource: notResource } = value
  if (kind === 'trust') {
    if (resource !== undefined) throw new PolicyError('Has prohibited field Resource')
    if (notResource !== undefined) throw new PolicyError('Has prohibited field NotResource')
    return {}
  }
  if (resource !== undefined && notResource !== undefined) {
    throw new PolicyError('Statement must not hold both Resource and NotResource.')
  }
  if (resource === undefined && notResource === undefined) {
    throw new PolicyError('Policy statement must contain resources.')
  }
  const resources = readStrings(resource ?? notResource, 'Resource')
  for (const it of resources) checkResource(it, hasVariables)
  return resource !== undefined ? { Resource: resources } : { NotResource: resources }
}

function checkResource(resource: string, hasVariables: boolean): void {
  if (resource === '*') return
  const [prefix, partition, service] = resource.split(':')
  if (prefix !== 'arn' || !partition) {
    throw new PolicyError(`Resource ${resource} must be in ARN format or "*".`)
  }
  if (!/^(aws(-[a-z0-9-]+)?|\*)$/.test(partition)) {
    throw new PolicyError(`Partition "${partition}" is not valid for resource "${resource}".`)
  }
  if (service !== undefined && !/^([a-z0-9-]+|\*)$/.test(service)) {
    throw new PolicyError('Resource vendor must be fully qualified and cannot contain regexes.')
  }
  if (hasVariables && !hasValidVariables(resource)) {
    throw new PolicyError(`Resource ${resource} holds a malformed policy variable.`)
  }
}
