import type { PolicyDocument } from './policy.ts'

/** What limits a principal or a resource, and gives nothing. What is absent does not limit. */
interface Limits {
  /** Those passed when the session was made. An empty list does not limit the session. */
  session?: PolicyDocument[]
  /** The permissions boundary of the user or role. */
  boundary?: PolicyDocument
  /**
   * Service control policies over the principal's account: the policies of each level, from the
   * organization's root to the account, and each level must allow.
   */
  serviceControl?: PolicyDocument[][]
  /** Resource control policies over the resource's account, by level likewise. */
  resourceControl?: PolicyDocument[][]
}

export interface Policies extends Limits {
  identity: PolicyDocument[]
  resource?: PolicyDocument
  trust?: never
}

/** The limits are those of the principal that asks, not of the role; its account has the last. */
export interface AssumeRolePolicies extends Limits {
  identity: PolicyDocument[]
  trust: PolicyDocument
}

/** The trust policy is the resource policy of a role. */
export type PolicyType =
  | 'identity'
  | 'boundary'
  | 'session'
  | 'resource'
  | 'serviceControl'
  | 'resourceControl'

/**
 * Every kind as levels, each of which must say yes; undefined where nothing limits. No identity
 * or resource policy is a level that allows nothing.
 */
type Layers = { [type in PolicyType]: PolicyDocument[][] | undefined }

export function layersOf(policies: Policies | AssumeRolePolicies): Layers {
  const { identity, session, boundary, serviceControl, resourceControl } = policies
  const resource = policies.trust ?? policies.resource
  return {
    identity: [identity],
    boundary: boundary && [[boundary]],
    session: session?.length ? [session] : undefined,
    resource: [resource ? [resource] : []],
    serviceControl: serviceControl?.length ? serviceControl : undefined,
    resourceControl: resourceControl?.length ? resourceControl : undefined,
  }
}
