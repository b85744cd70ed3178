import { type PolicyDocument, writePolicy } from '@sluice/iam'
import { writeAwsCliScript } from './aws-cli.ts'
import { writeCloudFormation } from './cloudformation.ts'
import { writeConsoleSteps } from './console.ts'
import { writeBucketPolicy, writeKeyPolicy, writePermissionsPolicy } from './permissions.ts'
import type { PrincipalForm } from './principal.ts'
import { writeTerraform } from './terraform.ts'
import { writeTrustPolicy } from './trust-policy.ts'
import type { SetupValues } from './values.ts'

/** The kit's documents, by the names that people ask for them with. */
export const setupFormats = [
  'trust-policy',
  'permissions-policy',
  'bucket-policy',
  'key-policy',
  'aws-cli',
  'cloudformation',
  'terraform',
  'console',
] as const
export type SetupFormat = (typeof setupFormats)[number]

export interface SetupDocument {
  readonly format: SetupFormat
  readonly fileName: string
  readonly contentType: string
  readonly text: string
}

/** Those that the values call for: a bucket or key of the role's own account needs no policy. */
export function writeDocuments(values: SetupValues, form: PrincipalForm): SetupDocument[] {
  return [
    ...policyDocument('trust-policy', writeTrustPolicy(values, form)),
    ...policyDocument('permissions-policy', writePermissionsPolicy(values)),
    ...policyDocument('bucket-policy', writeBucketPolicy(values)),
    ...policyDocument('key-policy', writeKeyPolicy(values)),
    {
      format: 'aws-cli',
      fileName: 'sluice-role.sh',
      contentType: 'text/x-shellscript',
      text: writeAwsCliScript(values, form),
    },
    {
      format: 'cloudformation',
      fileName: 'sluice-role.yaml',
      contentType: 'application/yaml',
      text: writeCloudFormation(values, form),
    },
    {
      format: 'terraform',
      fileName: 'sluice-role.tf',
      contentType: 'text/plain',
      text: writeTerraform(values, form),
    },
    {
      format: 'console',
      fileName: 'sluice-role.md',
      contentType: 'text/markdown',
      text: writeConsoleSteps(values, form),
    },
  ]
}

function policyDocument(format: SetupFormat, policy: PolicyDocument | undefined): SetupDocument[] {
  if (policy === undefined) return []
  const text = `${writePolicy(policy, 2)}\n`
  return [{ format, fileName: `${format}.json`, contentType: 'application/json', text }]
}
