import { readContext } from './context.ts'
import { type AssumeRolePolicies, layersOf, type Policies, type PolicyType } from './policies.ts'
import type { AuthorizationRequest } from './request.ts'
import type { Question, StatementReference } from './statement.ts'
import { readLevels, type Verdict } from './verdict.ts'

/**
 * `policyType` is the kind of policy that allowed or denied, or that should have allowed and did
 * not; the statement is the one that did.
 */
export type Decision =
  | { allowed: true; policyType: PolicyType; statement: StatementReference }
  | { allowed: false; explicit: true; policyType: PolicyType; statement: StatementReference }
  | { allowed: false; explicit: false; policyType: PolicyType }

type Verdicts = { [type in PolicyType]: Verdict | undefined }

/**
 * Decides a request as AWS documents it: a Deny anywhere wins; the organizations of resource and
 * principal must allow; within one account identity and resource policies add up; across accounts
 * both must allow; boundary and session policies limit what identity policies and grants to the
 * role give, but not what a resource policy gives to the user or session itself or to everyone.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function evaluate(request: AuthorizationRequest, policies: Policies): Decision {
  return decide(questionOf(request, policies), policies)
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
  return decide(questionOf(request, policies), policies)
}

export function questionOf(
  request: AuthorizationRequest,
  policies: Policies | AssumeRolePolicies,
  doubt: Question['doubt'] = 'refuses',
): Question {
  const isBounded = policies.boundary !== undefined
  return { request, context: readContext(request), isBounded, doubt }
}

export function decide(question: Question, policies: Policies | AssumeRolePolicies): Decision {
  const verdicts = readVerdicts(question, policies)
  const denied = findDeny(verdicts)
  if (denied) return denied
  return (
    withoutOrganization(verdicts) ??
    allowedBy(question, verdicts, { mustTrust: policies.trust !== undefined })
  )
}

function readVerdicts(question: Question, policies: Policies | AssumeRolePolicies): Verdicts {
  const layers = layersOf(policies)
  const read = (type: PolicyType) => layers[type] && readLevels(layers[type], question)
  return {
    identity: read('identity'),
    boundary: read('boundary'),
    session: read('session'),
    resource: read('resource'),
    serviceControl: read('serviceControl'),
    resourceControl: read('resourceControl'),
  }
}

const denyOrder = [
  ...(['resourceControl', 'serviceControl', 'identity'] as const),
  ...(['boundary', 'session', 'resource'] as const),
]

function findDeny(verdicts: Verdicts): Decision | undefined {
  for (const policyType of denyOrder) {
    const statement = verdicts[policyType]?.deny
    if (statement) return { allowed: false, explicit: true, policyType, statement }
  }
  return undefined
}

/** Policies of an organization bind before any other, and whatever a resource policy gives. */
function withoutOrganization(verdicts: Verdicts): Decision | undefined {
  return lacks(verdicts, 'resourceControl') ?? lacks(verdicts, 'serviceControl')
}

function allowedBy(
  { request: { principal, resourceAccountId } }: Question,
  verdicts: Verdicts,
  { mustTrust }: { mustTrust: boolean },
): Decision {
  // Nobody assumes a role unsigned, whatever its trust policy says.
  if (principal === 'anonymous' && mustTrust) return refused('resource')
  if (principal === 'anonymous') return lacks(verdicts, 'resource') ?? grantedBy(verdicts)
  if (mustTrust && lacks(verdicts, 'resource')) return refused('resource')
  if (principal.accountId === resourceAccountId) return withinAccount(verdicts)
  const across = lacks(verdicts, 'identity') ?? limited(verdicts) ?? lacks(verdicts, 'resource')
  return across ?? grantedBy(verdicts, mustTrust ? ['resource', 'identity'] : undefined)
}

/**
 * A grant to the account only lets the account's own policies decide, so it gives nothing by
 * itself.
 */
function withinAccount(verdicts: Verdicts): Decision {
  const grants = verdicts.resource?.grants
  const direct = grants?.get('direct')
  if (direct) return { allowed: true, policyType: 'resource', statement: direct }
  if (!grants?.has('role') && lacks(verdicts, 'identity')) return refused('identity')
  return limited(verdicts) ?? grantedBy(verdicts)
}

function limited(verdicts: Verdicts): Decision | undefined {
  return lacks(verdicts, 'boundary') ?? lacks(verdicts, 'session')
}

/** The statement that gave; where several kinds did, of the first. Asked only when something gave. */
function grantedBy(
  verdicts: Verdicts,
  order: readonly PolicyType[] = ['identity', 'resource'],
): Decision {
  for (const policyType of order) {
    const [statement] = verdicts[policyType]?.grants.values() ?? []
    if (statement) return { allowed: true, policyType, statement }
  }
  return refused('identity')
}

/** Undefined when the kind allows, or limits nothing. */
function lacks(verdicts: Verdicts, policyType: PolicyType): Decision | undefined {
  return verdicts[policyType]?.grants.size === 0 ? refused(policyType) : undefined
}

function refused(policyType: PolicyType): Decision {
  return { allowed: false, explicit: false, policyType }
}
