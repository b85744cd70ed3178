import { readCondition } from './parse-condition.ts'
import { readActions, readResources } from './parse-elements.ts'
import { readPrincipal } from './parse-principal.ts'
import { type Grammar, PolicyError, type PolicyKind, type Statement } from './policy.ts'
import { isRecord, refuseOthers } from './shape.ts'

const elements = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]

/** Throws PolicyError. */
export function readStatement(value: unknown, grammar: Grammar): Statement {
  if (!isRecord(value))
    throw new PolicyError('Syntax errors in policy. Statement must be an object.')
  refuseOthers(value, elements)
  const sid = readSid(value.Sid, grammar.kind)
  return {
    ...(sid !== undefined && { Sid: sid }),
    Effect: readEffect(value.Effect),
    ...readWho(value, grammar.kind),
    ...readActions(value, grammar.kind),
    ...readResources(value, grammar),
    ...(value.Condition !== undefined && { Condition: readCondition(value.Condition, grammar) }),
  }
}

/** Resource policies and those of an organization take any text, the others letters and digits. */
function readSid(value: unknown, kind: PolicyKind): string | undefined {
  if (value === undefined) return undefined
  const isFree = kind === 'resource' || kind === 'serviceControl' || kind === 'resourceControl'
  if (typeof value === 'string' && (isFree || /^[0-9A-Za-z]*$/.test(value))) return value
  throw new PolicyError(
    'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
  )
}

function readEffect(value: unknown): 'Allow' | 'Deny' {
  if (value === 'Allow' || value === 'Deny') return value
  if (value === undefined) throw new PolicyError('Missing required field Effect')
  throw new PolicyError(`Invalid effect: ${JSON.stringify(value)}. It must be "Allow" or "Deny".`)
}

function readWho(value: Record<string, unknown>, kind: PolicyKind): Partial<Statement> {
  const { Principal: named, NotPrincipal: spared } = value
  if (kind === 'resourceControl') return readEveryone(named, spared)
  if (kind !== 'resource' && kind !== 'trust') {
    if (named === undefined && spared === undefined) return {}
    throw new PolicyError('Policy document should not specify a principal.')
  }
  if (kind === 'trust' && spared !== undefined) {
    throw new PolicyError('Has prohibited field NotPrincipal')
  }
  if (named !== undefined && spared !== undefined) {
    throw new PolicyError('Statement must not hold both Principal and NotPrincipal.')
  }
  if (named !== undefined) return { Principal: readPrincipal(named, kind) }
  if (spared === undefined) throw new PolicyError('Missing required field Principal')
  if (value.Effect === 'Allow') {
    throw new PolicyError(
      'NotPrincipal must be used with "Effect": "Deny"; Allow is not supported.',
    )
  }
  return { NotPrincipal: readPrincipal(spared, kind) }
}

/**
 * A resource control policy is about everyone.
 * https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
 */
function readEveryone(named: unknown, spared: unknown): Partial<Statement> {
  if (spared !== undefined) throw new PolicyError('Has prohibited field NotPrincipal')
  if (named === undefined) throw new PolicyError('Missing required field Principal')
  if (named !== '*') throw new PolicyError('Invalid principal in policy. It must be "*".')
  return { Principal: { AWS: ['*'] } }
}
