import { evaluateCondition } from './condition.ts'
import { type Context, readContext } from './context.ts'
import { matchesActions, matchesResources } from './match.ts'
import type { Variables } from './pattern.ts'
import type { PolicyDocument, Statement } from './policy.ts'
import { type Grant, grantOf, isDeniedBy } from './principal.ts'
import type { AuthorizationRequest } from './request.ts'
import { every, type Truth } from './truth.ts'

export interface Policies {
  identity: PolicyDocument[]
  /** Those passed when the session was made. None, or an empty list, does not limit the session. */
  session?: PolicyDocument[]
  resource?: PolicyDocument
  trust?: never
}

export interface AssumeRolePolicies {
  identity: PolicyDocument[]
  /** Of the session that asks, when a role assumes another. */
  session?: PolicyDocument[]
  trust: PolicyDocument
}

/** `policyType` is the kind of policy that denied, or that should have allowed and did not. */
export type Decision =
  | { allowed: true }
  | { allowed: false; explicit: boolean; policyType: DecidingPolicy }

type DecidingPolicy = 'identity' | 'session' | 'resource'

/**
 * What a set of policies says: a Deny, or who is allowed. Identity and session policies grant
 * `'direct'`.
 */
interface Verdict {
  denied: boolean
  grants: Set<Grant>
}

interface Verdicts {
  identity: Verdict
  session: Verdict | undefined
  resource: Verdict
}

/**
 * Decides a request as AWS documents it: a Deny anywhere wins; within one account identity and
 * resource policies add up; across accounts both must allow; session policies limit what identity
 * policies and grants to the role give, but not what a resource policy gives to the session itself
 * or to everyone.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function evaluate(request: AuthorizationRequest, policies: Policies): Decision {
  const verdicts = readVerdicts(request, policies)
  const denied = findDeny(verdicts)
  if (denied) return { allowed: false, explicit: true, policyType: denied }
  if (request.principal === 'anonymous') return needs(verdicts.resource.grants.size > 0, 'resource')
  if (request.principal.accountId !== request.resourceAccountId) return acrossAccounts(verdicts)
  if (verdicts.resource.grants.has('direct')) return { allowed: true }
  return withinAccount(verdicts)
}

/**
 * Decides sts:AssumeRole. The trust policy must always allow. That is enough within one account
 * when it names the principal itself; when it names the account, or the principal is of another
 * account, the principal's own policies must allow as well.
 */
export function evaluateAssumeRole(
  request: AuthorizationRequest,
  policies: AssumeRolePolicies,
): Decision {
  const { identity, session, trust } = policies
  const verdicts = readVerdicts(request, { identity, session, resource: trust })
  const denied = findDeny(verdicts)
  if (denied) return { allowed: false, explicit: true, policyType: denied }
  // Nobody assumes a role unsigned, whatever its trust policy says.
  if (request.principal === 'anonymous') return needs(false, 'resource')
  if (verdicts.resource.grants.size === 0) return needs(false, 'resource')
  if (request.principal.accountId !== request.resourceAccountId) return acrossAccounts(verdicts)
  if (verdicts.resource.grants.has('direct')) return { allowed: true }
  return withinAccount(verdicts)
}

function readVerdicts(request: AuthorizationRequest, policies: Policies): Verdicts {
  const { identity, session = [], resource } = policies
  const context = readContext(request)
  return {
    identity: readVerdict(identity, request, context, ownPolicy),
    session: session.length > 0 ? readVerdict(session, request, context, ownPolicy) : undefined,
    resource: readVerdict(resource ? [resource] : [], request, context, resourcePolicy),
  }
}

function findDeny({ identity, session, resource }: Verdicts): DecidingPolicy | undefined {
  if (identity.denied) return 'identity'
  if (session?.denied) return 'session'
  return resource.denied ? 'resource' : undefined
}

function acrossAccounts({ identity, session, resource }: Verdicts): Decision {
  if (identity.grants.size === 0) return needs(false, 'identity')
  if (session && session.grants.size === 0) return needs(false, 'session')
  return needs(resource.grants.size > 0, 'resource')
}

/**
 * A grant to the account only lets the account's own policies decide, so it gives nothing by
 * itself.
 */
function withinAccount({ identity, session, resource }: Verdicts): Decision {
  if (identity.grants.size === 0 && !resource.grants.has('role')) return needs(false, 'identity')
  return needs(session === undefined || session.grants.size > 0, 'session')
}

function needs(allowed: boolean, policyType: DecidingPolicy): Decision {
  return allowed ? { allowed } : { allowed, explicit: false, policyType }
}

type GrantReader = (statement: Statement, request: AuthorizationRequest) => Grant | undefined

/** Identity and session policies are about whoever holds them. */
const ownPolicy: GrantReader = () => 'direct'

const resourcePolicy: GrantReader = (statement, { principal }) => {
  if (statement.Effect === 'Allow') return grantOf(statement, principal)
  return isDeniedBy(statement, principal) ? 'direct' : undefined
}

function readVerdict(
  policies: PolicyDocument[],
  request: AuthorizationRequest,
  context: Context,
  readGrant: GrantReader,
): Verdict {
  const verdict: Verdict = { denied: false, grants: new Set() }
  for (const policy of policies) {
    // Policies of version 2008-10-17, which is also what no version means, have no variables.
    const variables = policy.Version === '2012-10-17' ? context.variables : undefined
    for (const statement of policy.Statement) {
      const grant = readGrant(statement, request)
      if (!grant) continue
      const applies = appliesTo(statement, request, context, variables)
      if (statement.Effect !== 'Allow') verdict.denied ||= applies !== false
      else if (applies === true) verdict.grants.add(grant)
    }
  }
  return verdict
}

function appliesTo(
  statement: Statement,
  request: AuthorizationRequest,
  context: Context,
  variables: Variables | undefined,
): Truth {
  const parts: (() => Truth)[] = [
    () => matchesActions(statement, request.action),
    () => matchesResources(statement, request.resource, variables),
    () => evaluateCondition(statement.Condition ?? {}, context, variables),
  ]
  return every(parts, (part) => part())
}
