import { type Decision, evaluateAssumeRole, parseArn } from '@sluice/iam'
import { denialText, notAuthorizedText, policiesOver } from '../authorize.ts'
import { type Caller, tagKeys } from '../caller.ts'
import { AwsError } from '../errors.ts'
import type { Identities, Role } from '../identities.ts'
import { newId, newSecretAccessKey } from '../ids.ts'
import { readPolicy } from '../policy-texts.ts'
import type { Call } from '../query.ts'
import type { Element } from '../query-xml.ts'
import { type Session, sealSession } from '../session-token.ts'
import type { State } from '../state.ts'
import { type AssumeRoleInput, readAssumeRole } from './assume-role-input.ts'
import { measurePackedPolicy } from './packed-policy.ts'
import { regionDisabled } from './region-disabled.ts'

const CHAINED_SECONDS_MAX = 3600

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export function assumeRole(state: State, call: Call): Element {
  const { caller, parameters, now, event } = call
  const identities = state.identitiesAt(now)
  const input = readAssumeRole(parameters, identities)
  checkRegion(identities, { accountId: accountOf(input.roleArn), region: caller.region })
  const role = findRole(identities, input.roleArn)
  const tags = joinTags(caller, input)
  for (const action of actionsOf(input)) {
    const decision = decide({ caller, role, input, action })
    if (!decision.allowed) throw denial(caller, { action, resource: input.roleArn }, decision)
  }
  // Only a decision for an existing role can allow.
  if (!role) throw new AwsError('AccessDenied', 403, 'Access Denied')
  checkDuration(caller, role, input.durationSeconds)
  const packedPolicySize = measurePackedPolicy({ ...input, tags })
  const session: Session = {
    accessKeyId: newId('ASIA'),
    secretAccessKey: newSecretAccessKey(),
    accountId: accountOf(role.arn),
    roleId: role.id,
    sessionName: input.sessionName,
    issuedAt: now.getTime(),
    expiresAt: now.getTime() + input.durationSeconds * 1000,
    policies: input.policy === undefined ? [] : [input.policy],
    policyArns: input.policyArns,
    tags,
    transitiveTagKeys: joinTransitive(caller, input),
    ...sourceIdentityOf(caller, input),
  }
  const assumedRoleArn = `arn:aws:sts::${session.accountId}:assumed-role/${role.name}/${input.sessionName}`
  event.responseElements = { accessKeyId: session.accessKeyId, assumedRoleArn }
  return describe(session, {
    role,
    assumedRoleArn,
    packedPolicySize,
    tokenKey: state.identities.tokenKey,
  })
}

function describe(
  session: Session,
  about: {
    role: Role
    assumedRoleArn: string
    packedPolicySize: number | undefined
    tokenKey: string
  },
): Element {
  const { role, assumedRoleArn, packedPolicySize, tokenKey } = about
  const { sessionName, accessKeyId, secretAccessKey, expiresAt } = session
  return {
    AssumedRoleUser: {
      AssumedRoleId: `${role.id}:${sessionName}`,
      Arn: assumedRoleArn,
    },
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: sealSession(session, tokenKey),
      Expiration: new Date(expiresAt).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    },
    PackedPolicySize: packedPolicySize,
    SourceIdentity: session.sourceIdentity,
  }
}

function accountOf(roleArn: string): string {
  return parseArn(roleArn)?.accountId ?? ''
}

/** Judged before anything about the role. */
function checkRegion(
  { accounts }: Identities,
  { accountId, region }: { accountId: string; region: string },
): void {
  const deactivated = accounts.get(accountId)?.deactivatedStsRegions ?? []
  if (deactivated.includes(region)) throw regionDisabled(accountId)
}

function findRole(identities: Identities, roleArn: string): Role | undefined {
  const account = identities.accounts.get(accountOf(roleArn))
  return account && [...account.roles.values()].find((it) => it.arn === roleArn)
}

/** Tags and a source identity need permissions of their own. */
function actionsOf({ tags, sourceIdentity }: AssumeRoleInput): string[] {
  return [
    'sts:AssumeRole',
    ...(tags.length > 0 ? ['sts:TagSession'] : []),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ]
}

interface Asked {
  caller: Caller
  role: Role | undefined
  input: AssumeRoleInput
  action: string
}

/**
 * A role that does not exist trusts nobody, so that nobody can tell it from one that exists. Of the duration
 * policies hear nothing: sts:DurationSeconds is a key of bearer and identity tokens.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
 */
function decide({ caller, role, input, action }: Asked): Decision {
  const { roleArn, tags, transitiveTagKeys, externalId, sourceIdentity } = input
  const accountId = accountOf(roleArn)
  return evaluateAssumeRole(
    {
      principal: caller.principal,
      action,
      resource: roleArn,
      resourceAccountId: accountId,
      context: {
        ...caller.context,
        'sts:RoleSessionName': input.sessionName,
        ...(externalId !== undefined && { 'sts:ExternalId': externalId }),
        ...(sourceIdentity !== undefined && { 'sts:SourceIdentity': sourceIdentity }),
        ...tagKeys('aws:RequestTag', tags),
        ...tagKeys('aws:ResourceTag', role?.tags ?? []),
        ...tagKeys('iam:ResourceTag', role?.tags ?? []),
        'aws:TagKeys': tags.map((tag) => tag.Key),
        'sts:TransitiveTagKeys': transitiveTagKeys,
      },
    },
    {
      ...policiesOver(caller, { action, resourceAccountId: accountId }),
      trust: role ? readPolicy(role.trustPolicy, 'trust') : { Statement: [] },
    },
  )
}

/** Of a trust policy that does not allow, AWS tells no more than that. */
function denial(
  caller: Caller,
  access: { action: string; resource: string },
  decision: Decision & { allowed: false },
): AwsError {
  const isUntrusted = decision.policyType === 'resource' && !decision.explicit
  const message = isUntrusted
    ? notAuthorizedText(caller, access)
    : denialText(caller, access, decision)
  return new AwsError('AccessDenied', 403, message)
}

function checkDuration({ session }: Caller, role: Role, seconds: number): void {
  if (session && seconds > CHAINED_SECONDS_MAX) {
    throw new AwsError(
      'ValidationError',
      400,
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    )
  }
  if (seconds > role.maxSessionSeconds) {
    throw new AwsError(
      'ValidationError',
      400,
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  }
}

/** Transitive tags of the calling session come along and cannot be set anew. */
function joinTags({ session }: Caller, { tags }: AssumeRoleInput) {
  const kept = new Set(session?.transitiveTagKeys.map((key) => key.toLowerCase()))
  const inherited = session?.tags.filter((tag) => kept.has(tag.Key.toLowerCase())) ?? []
  if (tags.some((tag) => kept.has(tag.Key.toLowerCase()))) {
    throw new AwsError(
      'InvalidParameterValue',
      400,
      'One of the specified tag keys conflicts with a transitive tag key of the calling session.',
    )
  }
  return [...inherited, ...tags]
}

function joinTransitive({ session }: Caller, { transitiveTagKeys }: AssumeRoleInput): string[] {
  return [...new Set([...(session?.transitiveTagKeys ?? []), ...transitiveTagKeys])]
}

/** Once set, a source identity stays through every further role. */
function sourceIdentityOf({ session }: Caller, input: AssumeRoleInput) {
  const inherited = session?.sourceIdentity
  const asked = input.sourceIdentity
  if (inherited !== undefined && asked !== undefined && asked !== inherited) {
    throw new AwsError('AccessDenied', 403, 'The source identity of a session cannot be changed.')
  }
  const sourceIdentity = inherited ?? asked
  return sourceIdentity === undefined ? {} : { sourceIdentity }
}
