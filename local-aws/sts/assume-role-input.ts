import { PolicyError, SESSION_POLICY_CHARACTERS_MAX, sizeOfSessionPolicy } from '@sluice/iam'
import { AwsError, notImplemented } from '../errors.ts'
import type { Identities, Tag } from '../identities.ts'
import { findManagedPolicy } from '../managed-policies.ts'
import {
  findInteger,
  findText,
  getText,
  listTags,
  listTexts,
  type Parameters,
} from '../parameters.ts'
import { readPolicy } from '../policy-texts.ts'

export interface AssumeRoleInput {
  roleArn: string
  sessionName: string
  durationSeconds: number
  externalId: string | undefined
  /** The session policy's text, parsed once already. */
  policy: string | undefined
  policyArns: string[]
  tags: Tag[]
  transitiveTagKeys: string[]
  sourceIdentity: string | undefined
}

const ARN = { pattern: /^[\t\n\r\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD]+$/u }
const NAME = { pattern: /^[\w+=,.@-]*$/, min: 2, max: 64 }
const EXTERNAL_ID = { pattern: /^[\w+=,.@:/-]*$/, min: 2, max: 1224 }
const POLICY = { pattern: /^[\t\n\r\u0020-\u00FF]+$/, min: 1 }
const DURATION = { min: 900, max: 43_200 }
const DURATION_SECONDS = 3600

/** What local-aws would have to enforce and does not know. */
const unsupported = ['SerialNumber', 'TokenCode', 'ProvidedContexts.member.1.ProviderArn']

export function readAssumeRole(parameters: Parameters, identities: Identities): AssumeRoleInput {
  for (const name of unsupported) {
    if (parameters.has(name)) throw notImplemented(`${name} of AssumeRole`)
  }
  const roleArn = getText(parameters, 'RoleArn', { ...ARN, min: 20, max: 2048 })
  const sessionName = getText(parameters, 'RoleSessionName', NAME)
  const externalId = findText(parameters, 'ExternalId', EXTERNAL_ID)
  const sourceIdentity = findText(parameters, 'SourceIdentity', NAME)
  const tags = listTags(parameters)
  const tagKey = { min: 1, max: 128, itemsMax: 50 }
  checkRoleArn(roleArn)
  return {
    roleArn,
    sessionName,
    durationSeconds: findInteger(parameters, 'DurationSeconds', DURATION) ?? DURATION_SECONDS,
    externalId,
    ...readPolicies(parameters, identities, roleArn),
    tags,
    transitiveTagKeys: readTransitive(listTexts(parameters, 'TransitiveTagKeys', tagKey), tags),
    sourceIdentity,
  }
}

function checkRoleArn(roleArn: string): void {
  if (/^arn:[a-z-]+:iam::\d{12}:role\/[\u0021-\u007e]+$/.test(roleArn)) return
  throw new AwsError('ValidationError', 400, `${roleArn} is invalid`)
}

/** A key that is no tag of this call is refused, as AWS does it. */
function readTransitive(keys: string[], tags: Tag[]): string[] {
  const given = new Set(tags.map((tag) => tag.Key.toLowerCase()))
  if (keys.every((key) => given.has(key.toLowerCase()))) return keys
  throw new AwsError(
    'InvalidParameterValue',
    400,
    'The specified transitive tag key must be included in the requested tags.',
  )
}

function readPolicies(parameters: Parameters, identities: Identities, roleArn: string) {
  const policy = findText(parameters, 'Policy', POLICY)
  const policyArns = listTexts(parameters, 'PolicyArns', {
    ...ARN,
    min: 20,
    max: 2048,
    itemsMax: 10,
    member: 'arn',
  })
  const characters = [policy ?? '', ...policyArns].map(sizeOfSessionPolicy)
  if (characters.reduce((sum, it) => sum + it) > SESSION_POLICY_CHARACTERS_MAX) {
    throw new AwsError(
      'ValidationError',
      400,
      `1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to ${SESSION_POLICY_CHARACTERS_MAX}`,
    )
  }
  if (policy !== undefined) checkPolicy(policy)
  for (const arn of policyArns) checkPolicyArn(arn, identities, roleArn)
  return { policy, policyArns }
}

function checkPolicy(policy: string): void {
  try {
    readPolicy(policy, 'session')
  } catch (cause) {
    if (!(cause instanceof PolicyError)) throw cause
    throw new AwsError('MalformedPolicyDocument', 400, cause.message, { cause })
  }
}

/** One of AWS's, or one of the role's account. */
function checkPolicyArn(arn: string, identities: Identities, roleArn: string): void {
  const accountId = roleArn.split(':')[4]
  const isNear = arn.startsWith('arn:aws:iam::aws:') || arn.split(':')[4] === accountId
  if (isNear && findManagedPolicy(identities, arn)) return
  throw new AwsError('MalformedPolicyDocument', 400, `The policy ${arn} does not exist.`)
}
