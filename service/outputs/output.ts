import type { CloudRegion } from './cloud-region.ts'

export const externalIdModes = ['CUSTOM', 'GLOBAL', 'GENERATED'] as const
export type ExternalIdMode = (typeof externalIdModes)[number]

export const externalIdEnforcements = ['STRICT', 'WARN'] as const
export type ExternalIdEnforcement = (typeof externalIdEnforcements)[number]

/** Where an organization's files go: a bucket, and the role in the customer's account that may write. */
export interface S3RoleBasedOutput {
  readonly id: string
  readonly name: string | undefined
  readonly description: string | undefined
  readonly bucketName: string
  readonly roleArn: string
  readonly externalId: string
  readonly externalIdMode: ExternalIdMode
  /** While a rotation has issued it and not promoted it: the trust policy may demand either. */
  readonly nextExternalId?: string | undefined
  /** From its promotion until the old id is retired: the trust policy may still demand it. */
  readonly previousExternalId?: string | undefined
  /** User metadata that shall hold a file's MD5. */
  readonly md5MetaTag: string | undefined
  readonly cloudRegion: CloudRegion | undefined
  /** Ends in `/`; absent: the whole bucket. */
  readonly pathPrefix: string | undefined
  /** Account id; absent: the role's own account. */
  readonly expectedBucketOwner: string | undefined
  readonly kmsKeyArn: string | undefined
  readonly bucketOwnerFullControl: boolean
  /** WARN: the operator lets files be written although the role opens without its external id. */
  readonly externalIdEnforcement: ExternalIdEnforcement
  readonly createdAt: Date
  readonly modifiedAt: Date
}

/** What a caller decides about an output. */
export interface NewOutput
  extends Omit<
    S3RoleBasedOutput,
    | 'id'
    | 'externalId'
    | 'externalIdMode'
    | 'externalIdEnforcement'
    | 'nextExternalId'
    | 'previousExternalId'
    | 'createdAt'
    | 'modifiedAt'
  > {
  readonly externalIdMode: ExternalIdMode | undefined
  readonly externalId: string | undefined
  readonly customData: Record<string, unknown>
}

/**
 * The ids that open the output's role: the present one, and during a rotation the other one, which is to
 * be tried where the present one is refused.
 */
export function externalIdsOf(output: S3RoleBasedOutput): {
  current: string
  fallback: string | undefined
} {
  const { externalId, nextExternalId, previousExternalId } = output
  return { current: externalId, fallback: nextExternalId ?? previousExternalId }
}
