/**
 * May this role be used, and how is that proved? Verification does what an export does, but for its files,
 * and says of whatever is wrong who must change what. What the probes of a role have shown is remembered;
 * roles are probed again by themselves; and a bucket is opened here alone, through a role that has passed.
 */
export { causeMeanings } from './causes.ts'
export { countVerdicts } from './count-verdicts.ts'
export { openBucketOf } from './open-bucket.ts'
export { startRechecks } from './rechecks.ts'
export { findRoleState, type RoleState } from './role-state.ts'
export { rotationProofOf } from './rotation-proof.ts'
export { verificationRoutes } from './routes.ts'
export { RoleStateAnswer, VerificationAnswer, writeRole, writeVerification } from './schema.ts'
export { findVerification, type Verification } from './verify.ts'
