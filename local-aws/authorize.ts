import { type Decision, evaluate, type PolicyDocument } from '@sluice/iam'
import type { Caller } from './caller.ts'

export interface Access {
  /** As policies spell it: `s3:PutObject`. */
  action: string
  /** The full ARN. */
  resource: string
  resourceAccountId: string
  resourcePolicy?: PolicyDocument
  /** Condition keys of this action; those of the caller and the request are added. */
  context?: Record<string, string | string[]>
}

export function authorize(caller: Caller, access: Access): Decision {
  const { action, resource, resourceAccountId, resourcePolicy, context } = access
  return evaluate(
    {
      principal: caller.principal,
      action,
      resource,
      resourceAccountId,
      context: { ...caller.context, ...context },
    },
    { ...policiesOver(caller, access), ...(resourcePolicy && { resource: resourcePolicy }) },
  )
}

/** The services whose resources an organization's policies guard. */
const guarded = /^(s3|sts|kms):/

/** The caller's own policies, and what limits them for this resource. */
export function policiesOver(
  caller: Caller,
  { action, resourceAccountId }: Pick<Access, 'action' | 'resourceAccountId'>,
) {
  const { identityPolicies, sessionPolicies, boundary, serviceControl } = caller
  const resourceControl = guarded.test(action)
    ? caller.resourceControlOf(resourceAccountId)
    : undefined
  return {
    identity: identityPolicies,
    ...(sessionPolicies && { session: sessionPolicies }),
    ...(boundary && { boundary }),
    ...(serviceControl && { serviceControl }),
    ...(resourceControl && { resourceControl }),
  }
}

const policyTypes = {
  identity: { none: 'identity-based policy', one: 'an identity-based policy' },
  session: { none: 'session policy', one: 'a session policy' },
  resource: { none: 'resource-based policy', one: 'a resource-based policy' },
  boundary: { none: 'permissions boundary', one: 'a permissions boundary' },
  serviceControl: { none: 'service control policy', one: 'a service control policy' },
  resourceControl: { none: 'resource control policy', one: 'a resource control policy' },
}

/**
 * Why access was denied, as AWS words it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function denialText(
  caller: Caller,
  { action, resource }: { action: string; resource: string },
  decision: Decision & { allowed: false },
): string {
  return `${notAuthorizedText(caller, { action, resource })} ${reasonOf(action, decision)}`
}

/** The same without a reason, where AWS gives none. */
export function notAuthorizedText(
  caller: Caller,
  { action, resource }: { action: string; resource: string },
): string {
  return `User: ${callerName(caller)} is not authorized to perform: ${action} on resource: ${resource}`
}

function reasonOf(action: string, decision: Decision & { allowed: false }): string {
  const { none, one } = policyTypes[decision.policyType]
  if (decision.explicit) return `with an explicit deny in ${one}`
  return `because no ${none} allows the ${action} action`
}

export function callerName({ principal }: Caller): string {
  return principal === 'anonymous' ? 'anonymous' : principal.arn
}
