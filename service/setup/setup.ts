/**
 * What a customer puts into their AWS account so that an output can be used: policies, and the ways to get
 * them there. Every document is a pure function of the output's values; no other place writes a trust policy
 * or a role's permissions.
 */
import type { PolicyDocument } from '@sluice/iam'
import { aboutChoices, aboutElsewhere, aboutForms, aboutOpening } from './about.ts'
import { type SetupDocument, writeDocuments } from './documents.ts'
import {
  listPermissions,
  type Permission,
  writeBucketPolicy,
  writeKeyPolicy,
  writePermissionsPolicy,
} from './permissions.ts'
import type { PrincipalForm } from './principal.ts'
import { sessionNameOf, writeTrustPolicy } from './trust-policy.ts'
import type { SetupValues } from './values.ts'

export { permissionsCommand, revokeCommands, trustCommand } from './commands.ts'
export { type SetupDocument, type SetupFormat, setupFormats } from './documents.ts'
export { writeBucketPolicy, writeKeyPolicy, writePermissionsPolicy } from './permissions.ts'
export {
  describePrincipal,
  nameOfPrincipal,
  type PrincipalForm,
  principalForms,
  type TrustedPrincipal,
} from './principal.ts'
export { writeQuickCreateTemplate, writeQuickCreateUrl } from './quick-create.ts'
export { sessionNameOf, writeTrustPolicy } from './trust-policy.ts'
export {
  bucketOwnerOf,
  domainOf,
  isBucketElsewhere,
  roleOf,
  type SetupValues,
} from './values.ts'

/** Everything at once. */
export interface SetupKit {
  readonly outputId: string
  readonly roleArn: string
  readonly principalArn: string
  readonly externalIds: readonly string[]
  readonly sessionName: string
  /** How the documents name the principal. */
  readonly principalForm: PrincipalForm
  readonly trustPolicy: PolicyDocument
  readonly permissionsPolicy: PolicyDocument
  readonly bucketPolicy: PolicyDocument | undefined
  readonly keyPolicy: PolicyDocument | undefined
  readonly permissions: readonly Permission[]
  /** In words: what is opened and to whom, and what is left to do. */
  readonly opens: string
  readonly trusts: string
  readonly notes: readonly string[]
  readonly documents: readonly SetupDocument[]
}

export function writeSetupKit(values: SetupValues, principalForm: PrincipalForm): SetupKit {
  const { outputId, roleArn, principalArn, externalIds } = values
  return {
    outputId,
    roleArn,
    principalArn,
    externalIds,
    sessionName: sessionNameOf(outputId),
    principalForm,
    trustPolicy: writeTrustPolicy(values, principalForm),
    permissionsPolicy: writePermissionsPolicy(values),
    bucketPolicy: writeBucketPolicy(values),
    keyPolicy: writeKeyPolicy(values),
    permissions: listPermissions(values),
    opens: aboutOpening(values),
    trusts: aboutForms[principalForm],
    notes: [...aboutChoices(values, principalForm), ...aboutElsewhere(values)],
    documents: writeDocuments(values, principalForm),
  }
}
