/** What the customer pastes: Sluice alone, and only with one of these ids. */
export function trustPolicy(
  { principalArn }: { principalArn: string },
  externalIds: readonly string[],
): string {
  const [first, ...others] = externalIds
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: principalArn },
        Action: 'sts:AssumeRole',
        Condition: {
          StringEquals: { 'sts:ExternalId': others.length === 0 ? first : externalIds },
        },
      },
    ],
  }
  return JSON.stringify(policy, null, 2)
}
