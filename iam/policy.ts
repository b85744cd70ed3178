/** Where a policy stands. Each kind has a grammar of its own; a boundary's is that of an identity's. */
export type PolicyKind =
  | 'identity'
  | 'boundary'
  | 'session'
  | 'resource'
  | 'trust'
  | 'serviceControl'
  | 'resourceControl'

/** Of one document: what its kind and its version let stand in it. */
export interface Grammar {
  kind: PolicyKind
  /** Version 2012-10-17. */
  hasVariables: boolean
}

/**
 * A policy as `parsePolicy` returns it: every element that may hold one value or many holds a
 * list.
 */
export interface PolicyDocument {
  Version?: string
  Id?: string
  Statement: Statement[]
}

export interface Statement {
  Sid?: string
  Effect: 'Allow' | 'Deny'
  Principal?: PrincipalElement
  NotPrincipal?: PrincipalElement
  Action?: string[]
  NotAction?: string[]
  Resource?: string[]
  NotResource?: string[]
  Condition?: Condition
}

/** `"*"` reads as `{ AWS: ['*'] }`, which AWS treats as the same. */
export type PrincipalElement = { [type in PrincipalType]?: string[] }
export type PrincipalType = 'AWS' | 'Service' | 'Federated' | 'CanonicalUser'

/** Operator, then condition key, then values. */
export type Condition = Record<string, Record<string, string[]>>

/**
 * The policy text is not a policy. The message is worded as AWS words a MalformedPolicyDocument.
 */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
}
