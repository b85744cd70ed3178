export { bucketArn, objectsArn, parseArn } from './arn.ts'
export { type Decision, evaluate, evaluateAssumeRole } from './evaluate.ts'
export { type Explanation, explain, type Miss } from './explain.ts'
export { parsePolicy } from './parse.ts'
export { escapeForResource } from './pattern.ts'
export type { AssumeRolePolicies, Policies, PolicyType } from './policies.ts'
export {
  type PolicyDocument,
  PolicyError,
  type PolicyKind,
  type PrincipalElement,
  type Statement,
} from './policy.ts'
export type { AuthorizationRequest, Principal } from './request.ts'
export type { ElementReading, StatementReference } from './statement.ts'
export { SESSION_POLICY_CHARACTERS_MAX, sizeOfSessionPolicy, writePolicy } from './write.ts'
