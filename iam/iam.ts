export { type Arn, bucketArn, objectsArn, parseArn } from './arn.ts'
export {
  type AssumeRolePolicies,
  type Decision,
  evaluate,
  evaluateAssumeRole,
  type Policies,
} from './evaluate.ts'
export { parsePolicy } from './parse.ts'
export { escapeForResource } from './pattern.ts'
export {
  type Condition,
  type PolicyDocument,
  PolicyError,
  type PolicyKind,
  type PrincipalElement,
  type Statement,
} from './policy.ts'
export type { AuthorizationRequest, Principal } from './request.ts'
export { SESSION_POLICY_CHARACTERS_MAX, sizeOfSessionPolicy, writePolicy } from './write.ts'
