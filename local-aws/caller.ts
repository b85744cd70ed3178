import type { IncomingMessage } from 'node:http'
import type { PolicyDocument, Principal } from '@sluice/iam'
import type { Account, Identities, Role, User } from './identities.ts'
import { findManagedPolicyText } from './managed-policies.ts'
import { findResourceControl, findServiceControl } from './organization.ts'
import { readPolicy } from './policy-texts.ts'
import type { Session } from './session-token.ts'

/** Who signed a request, with the policies that hold for them now. */
export interface Caller {
  principal: Principal | 'anonymous'
  /** Of the credential scope; empty when nobody signed. */
  region: string
  accessKeyId?: string
  identityPolicies: PolicyDocument[]
  /** Absent when the caller is no session, or the session was given none. */
  sessionPolicies?: PolicyDocument[]
  /** The permissions boundary of a session's role. */
  boundary?: PolicyDocument
  /** Of the organization over the caller's account, by level. */
  serviceControl?: PolicyDocument[][]
  /** Of the organization over the account of a resource, by level. */
  resourceControlOf: (accountId: string) => PolicyDocument[][] | undefined
  session?: Session
  /** Condition keys that every request of this caller carries. */
  context: Record<string, string | string[]>
  /** To verify the signatures of a body's chunks with; absent when nobody signed. */
  signing?: Signing
}

export interface Signing {
  key: Buffer
  /** `20261124T101112Z` */
  time: string
  scope: string
  /** The request's own signature, hexadecimal. */
  signature: string
  /** The x-amz-content-sha256 that was signed. */
  payloadHash: string
}

interface CallerFacts {
  request: IncomingMessage
  now: Date
  region: string
}

export function anonymousCaller(identities: Identities, facts: CallerFacts): Caller {
  return {
    principal: 'anonymous',
    region: '',
    identityPolicies: [],
    resourceControlOf: (accountId) => findResourceControl(identities, accountId),
    context: contextOf(facts),
  }
}

export function userCaller(
  identities: Identities,
  { account, user }: { account: Account; user: User },
  facts: CallerFacts,
): Caller {
  return {
    principal: { accountId: account.accountId, arn: user.arn, uniqueId: user.id },
    region: facts.region,
    identityPolicies: policiesOf(identities, user),
    ...organizationOf(identities, account.accountId),
    context: { ...contextOf(facts), ...tagKeys('aws:PrincipalTag', user.tags) },
  }
}

export function sessionCaller(
  identities: Identities,
  { role, session }: { role: Role; session: Session },
  facts: CallerFacts,
): Caller {
  const { accountId, sessionName, issuedAt } = session
  const sessionPolicies = [
    ...session.policies.map((text) => readPolicy(text, 'session')),
    ...session.policyArns.map((arn) => managedPolicy(identities, arn)),
  ]
  return {
    principal: {
      accountId,
      arn: `arn:aws:sts::${accountId}:assumed-role/${role.name}/${sessionName}`,
      roleArn: role.arn,
      uniqueId: role.id,
    },
    region: facts.region,
    identityPolicies: policiesOf(identities, role),
    ...(role.permissionsBoundary !== undefined && {
      boundary: managedPolicy(identities, role.permissionsBoundary),
    }),
    ...organizationOf(identities, accountId),
    ...(sessionPolicies.length > 0 && { sessionPolicies }),
    session,
    context: {
      ...contextOf(facts),
      ...tagKeys('aws:PrincipalTag', [...role.tags, ...session.tags]),
      'aws:MultiFactorAuthPresent': 'false',
      'aws:TokenIssueTime': toSeconds(new Date(issuedAt)),
      ...(session.sourceIdentity && { 'aws:SourceIdentity': session.sourceIdentity }),
    },
  }
}

/** As context keys `prefix/key`; a later tag wins over an earlier one of the same key. */
export function tagKeys(
  prefix: string,
  tags: readonly { Key: string; Value: string }[],
): Record<string, string> {
  const newest = new Map(tags.map((tag) => [tag.Key.toLowerCase(), tag]))
  return Object.fromEntries([...newest.values()].map((tag) => [`${prefix}/${tag.Key}`, tag.Value]))
}

/** ISO 8601 without fractions, as AWS writes times. */
export function toSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z')
}

function contextOf({ request, now, region }: CallerFacts): Record<string, string> {
  const { 'user-agent': userAgent, referer } = request.headers
  return {
    'aws:CurrentTime': toSeconds(now),
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
    // Loopback stands for TLS, so that policies which demand TLS can be tried here.
    'aws:SecureTransport': 'true',
    'aws:SourceIp': (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, ''),
    'aws:ViaAWSService': 'false',
    ...(region && { 'aws:RequestedRegion': region }),
    ...(userAgent && { 'aws:UserAgent': userAgent }),
    ...(referer && { 'aws:Referer': referer }),
  }
}

function organizationOf(identities: Identities, accountId: string) {
  const serviceControl = findServiceControl(identities, accountId)
  return {
    ...(serviceControl && { serviceControl }),
    resourceControlOf: (of: string) => findResourceControl(identities, of),
  }
}

function policiesOf(identities: Identities, holder: User | Role): PolicyDocument[] {
  return [
    ...[...holder.inlinePolicies.values()].map((text) => readPolicy(text, 'identity')),
    ...holder.attachedPolicies.map((arn) => managedPolicy(identities, arn)),
  ]
}

function managedPolicy(identities: Identities, arn: string): PolicyDocument {
  const text = findManagedPolicyText(identities, arn)
  // A managed policy that has gone allows nothing. (It cannot go while attached.)
  return text === undefined ? { Statement: [] } : readPolicy(text, 'identity')
}
