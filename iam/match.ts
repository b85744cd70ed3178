import {
  hasUnknownVariables,
  matchesPattern,
  readPattern,
  splitAtColons,
  type Variables,
} from './pattern.ts'
import type { Statement } from './policy.ts'
import { not, some, type Truth } from './truth.ts'

const ARN_PARTS = 6

/**
 * Whether Action or NotAction covers the action. Services and names are compared without regard to
 * case.
 */
export function matchesActions(statement: Statement, action: string): Truth {
  const { Action: actions, NotAction: notActions } = statement
  if (actions && !notActions) return some(actions, (pattern) => matchesAction(pattern, action))
  if (notActions && !actions)
    return not(some(notActions, (pattern) => matchesAction(pattern, action)))
  return 'unknown'
}

function matchesAction(pattern: string, action: string): boolean {
  if (pattern === '*') return true
  const [service = '', ...name] = pattern.toLowerCase().split(':')
  const [askedService = '', ...askedName] = action.toLowerCase().split(':')
  const namePattern = readPattern(name.join(':'), undefined)
  if (service !== askedService || namePattern === undefined) return false
  return matchesPattern(namePattern, askedName.join(':'))
}

/**
 * Whether Resource or NotResource covers the ARN. A trust policy has neither: it is about its
 * role. A Resource with a variable that has no value covers nothing; a NotResource with one cannot
 * be decided.
 */
export function matchesResources(
  statement: Statement,
  resource: string,
  variables: Variables | undefined,
): Truth {
  const { Resource: resources, NotResource: notResources } = statement
  if (resources && notResources) return 'unknown'
  if (resources) return some(resources, (it) => coversArn(it, resource, variables))
  if (notResources) return not(some(notResources, (it) => matchesArn(it, resource, variables)))
  return statement.Principal !== undefined || statement.NotPrincipal !== undefined || 'unknown'
}

function coversArn(pattern: string, arn: string, variables: Variables | undefined): Truth {
  const truth = matchesArn(pattern, arn, variables)
  return truth === 'unknown' ? hasUnknownVariables(pattern, variables) && truth : truth
}

/**
 * Matches part by part, so that a wildcard in the account cannot swallow the resource; AWS lets a
 * `*` at the end of a part reach further, and advises against it. An ARN with fewer than six parts
 * is completed with wildcards, as AWS does. `'unknown'` when a variable of the pattern has no
 * value.
 */
export function matchesArn(pattern: string, arn: string, variables: Variables | undefined): Truth {
  if (pattern === '*') return true
  const wanted = splitAtColons(pattern, ARN_PARTS, variables !== undefined)
  const parts = splitAtColons(arn, ARN_PARTS, false)
  if (wanted[0] !== 'arn' || parts.length < ARN_PARTS) return false
  let result: Truth = true
  for (const [index, text] of wanted.entries()) {
    const read = readPattern(text, variables)
    if (read === undefined) result = 'unknown'
    else if (!matchesPattern(read, parts[index] ?? '')) return false
  }
  return result
}
