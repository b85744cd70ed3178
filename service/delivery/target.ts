import type { AwsRegion } from './regions.ts'

/** A customer's bucket and the role that leads to it, as one of their outputs names them. */
export interface BucketTarget {
  readonly outputId: string
  readonly roleArn: string
  /** Always sent. */
  readonly externalId: string
  /** During a rotation: the one that is sent where the role refuses the first. */
  readonly otherExternalId: string | undefined
  readonly bucketName: string
  /** Ends in `/`; empty: the whole bucket. */
  readonly pathPrefix: string
  /** Absent: looked up with the role. */
  readonly region: AwsRegion | undefined
  /** Account id. Absent: the role's own account. */
  readonly expectedBucketOwner: string | undefined
  /** Absent: the bucket's own encryption. */
  readonly kmsKeyArn: string | undefined
  /** Send the ACL of that name, where the bucket's owner is not the role's account. */
  readonly bucketOwnerFullControl: boolean
}
