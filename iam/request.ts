/** Who asks. */
export interface Principal {
  accountId: string
  /** A user, an account root, or a session `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. */
  arn: string
  /** For sessions: the ARN of the role with its path, which is what `aws:PrincipalArn` holds. */
  roleArn?: string
  /** `AIDA…` or `AROA…`, which a Principal element may hold in place of an ARN. */
  uniqueId?: string
}

export interface AuthorizationRequest {
  principal: Principal | 'anonymous'
  /** As policies spell it: `s3:PutObject`. */
  action: string
  /** The full ARN. */
  resource: string
  resourceAccountId: string
  /** Condition keys, names in any case. A key that is absent here is absent from the request. */
  context: Record<string, string | string[]>
  /**
   * Keys of which nobody can say what the request will carry, if anything: a condition on one is
   * undecided. A name that ends in `/` stands for a family of keys.
   */
  unknownKeys?: readonly string[]
}
