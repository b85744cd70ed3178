import { type PolicyDocument, PolicyError, type PolicyKind, parsePolicy } from '@sluice/iam'

/** A document as JSON or as text: the policy itself, or what the AWS CLI prints around it. */
type Pasted = string | object

/** Who pastes what. Absent: not given, which does not mean that there is none. */
export interface PastedDocuments {
  readonly trustPolicy?: Pasted
  /** All that are attached to the role and written into it. */
  readonly permissionsPolicies?: Pasted[]
  readonly boundary?: Pasted
  readonly bucketPolicy?: Pasted
  readonly kmsKeyPolicy?: Pasted
  readonly serviceControlPolicies?: Pasted[]
  readonly resourceControlPolicies?: Pasted[]
}

export interface ReadDocument {
  /** Where it stands in the request. */
  readonly member: string
  /** For people: `the trust policy`. */
  readonly name: string
  readonly document: PolicyDocument | undefined
  /** What is wrong with it and where; then there is no document. */
  readonly problem: string | undefined
  /** What the AWS CLI's answer says of the role, if it is one of `aws iam get-role`. */
  readonly role: RoleFacts | undefined
}

interface RoleFacts {
  readonly arn: string | undefined
  readonly uniqueId: string | undefined
  readonly boundaryArn: string | undefined
}

export interface ReadDocuments {
  readonly trust: ReadDocument | undefined
  readonly permissions: ReadDocument[] | undefined
  readonly boundary: ReadDocument | undefined
  readonly bucket: ReadDocument | undefined
  readonly key: ReadDocument | undefined
  readonly serviceControl: ReadDocument[] | undefined
  readonly resourceControl: ReadDocument[] | undefined
}

export function readDocuments(pasted: PastedDocuments): ReadDocuments {
  const one = (member: keyof PastedDocuments, kind: PolicyKind, name: string) => {
    const value = pasted[member]
    return value === undefined ? undefined : readPasted(value, { member, kind, name })
  }
  const many = (member: keyof PastedDocuments, kind: PolicyKind, name: string) => {
    const values = pasted[member]
    if (!Array.isArray(values)) return undefined
    return values.map((value: Pasted, at) =>
      readPasted(value, { member: `${member}[${at}]`, kind, name: `${name} ${at + 1}` }),
    )
  }
  return {
    trust: one('trustPolicy', 'trust', 'the trust policy'),
    permissions: many('permissionsPolicies', 'identity', 'permissions policy'),
    boundary: one('boundary', 'boundary', 'the permissions boundary'),
    bucket: one('bucketPolicy', 'resource', 'the bucket policy'),
    key: one('kmsKeyPolicy', 'resource', 'the key policy'),
    serviceControl: many('serviceControlPolicies', 'serviceControl', 'service control policy'),
    resourceControl: many('resourceControlPolicies', 'resourceControl', 'resource control policy'),
  }
}

export function listDocuments(documents: ReadDocuments): ReadDocument[] {
  return Object.values(documents)
    .flat()
    .filter((document) => document !== undefined)
}

function readPasted(
  pasted: Pasted,
  about: { member: string; kind: PolicyKind; name: string },
): ReadDocument {
  const { member, kind, name } = about
  try {
    const { text, role } = unwrap(pasted)
    try {
      return { member, name, document: parsePolicy(text, kind), problem: undefined, role }
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error
      const problem = `${placeOf(text, kind)}${error.message}`
      return { member, name, document: undefined, problem, role }
    }
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    return { member, name, document: undefined, problem: error.message, role: undefined }
  }
}

/** Of a policy whose statements are wrong: the first that is. */
function placeOf(text: string, kind: PolicyKind): string {
  const policy = tryJson(text)
  if (!isRecord(policy) || policy.Statement === undefined) return ''
  const statements: unknown[] = [policy.Statement].flat()
  for (const [index, statement] of statements.entries()) {
    try {
      parsePolicy(JSON.stringify({ ...policy, Statement: [statement] }), kind)
    } catch {
      const { Sid: sid } = Object(statement)
      const named = typeof sid === 'string' && sid !== '' ? ` (${sid})` : ''
      return statements.length === 1 && !named ? '' : `Statement ${index + 1}${named}: `
    }
  }
  return ''
}

/**
 * What answers of the AWS CLI hold a policy in, from the outside in: get-role, get-role-policy,
 * get-policy-version, get-bucket-policy, get-key-policy, describe-policy.
 */
const wrappers = [
  ...['Role', 'AssumeRolePolicyDocument', 'PolicyVersion', 'PolicyDocument', 'Document'],
  ...['Policy', 'Content'],
]
const DEPTH_MAX = 5

/** The policy's own text. Throws PolicyError when there is none. */
function unwrap(pasted: Pasted): { text: string; role: RoleFacts | undefined } {
  let text = typeof pasted === 'string' ? decode(pasted) : JSON.stringify(pasted)
  let role: RoleFacts | undefined
  for (let depth = 0; depth < DEPTH_MAX; depth++) {
    const value = tryJson(text)
    if (!isRecord(value) || 'Statement' in value) break
    role ??= readRole(value.Role)
    const wrapper = wrappers.find((name) => value[name] !== undefined)
    if (wrapper === undefined) throw new PolicyError(withoutPolicy(value))
    const inner = value[wrapper]
    text = typeof inner === 'string' ? decode(inner) : (JSON.stringify(inner) ?? '')
  }
  return { text, role }
}

/** IAM's own answers are URL-encoded; a file may begin with a mark of its byte order. */
function decode(pasted: string): string {
  const text = pasted.replace(/^\uFEFF/, '').trim()
  if (!/^%7B/i.test(text)) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function withoutPolicy(value: Record<string, unknown>): string {
  const names = Object.keys(value).slice(0, 5).join(', ')
  const attached = value.AttachedPolicies ?? value.PolicyNames
  const isManaged = typeof value.DefaultVersionId === 'string'
  if (isManaged || attached !== undefined)
    return (
      'This names policies without their text. Get it by aws iam get-policy-version, or by ' +
      'aws iam get-role-policy for one that is written into the role.'
    )
  return `There is no policy in this: it has no Statement${names && `, only ${names}`}.`
}

function readRole(value: unknown): RoleFacts | undefined {
  if (!isRecord(value)) return undefined
  const { Arn: arn, RoleId: uniqueId, PermissionsBoundary: boundary } = value
  return {
    arn: asText(arn),
    uniqueId: asText(uniqueId),
    boundaryArn: asText(Object(boundary).PermissionsBoundaryArn),
  }
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
