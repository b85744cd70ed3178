/**
 * Where an organization's files go: a bucket, the role in the customer's own AWS account that leads to it,
 * and the external id that the role must demand.
 */
export { getOutput } from './find-output.ts'
export type { NewOutput, S3RoleBasedOutput } from './output.ts'
