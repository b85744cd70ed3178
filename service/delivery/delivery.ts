/**
 * A customer's bucket, opened through their role. The role must first have refused everyone who comes
 * without the right external id; then a session narrowed to one prefix puts files. Knows no task.
 */
export { type AccessAction, accessActions, type RoleAccess } from './access.ts'
export type { AwsCall } from './aws-call.ts'
export type { AwsFault } from './aws-fault.ts'
export {
  type Check,
  type CheckName,
  type CheckStatus,
  checkNames,
  checkStatuses,
} from './check.ts'
export type { CustomerBucket } from './customer-bucket.ts'
export { hasIssuedForm, newExternalId } from './external-id.ts'
export { verificationKeyOf } from './inspect-bucket.ts'
export { type Delivery, type DeliveryOptions, openDelivery } from './open-delivery.ts'
export { isSamePrincipal } from './principal.ts'
export { probeTexts, rightProbe, wrongProbes } from './probes.ts'
export type { UploadSizes } from './put-file.ts'
export { type AwsRegion, findRegion } from './regions.ts'
export {
  sendsAcl,
  sessionPolicySize,
  sessionPolicySizeMax,
  writeSessionPolicy,
} from './session-policy.ts'
export type { BucketTarget } from './target.ts'
export type { RoleProof, RoleVerdicts } from './verdict.ts'
