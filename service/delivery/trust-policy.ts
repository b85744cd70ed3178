/** The trust policy that a customer's role needs: our principal alone, and only with the external id. */
export function writeTrustPolicy(trusted: { principalArn: string; externalId: string }): string {
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: trusted.principalArn },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': trusted.externalId } },
      },
    ],
  }
  return JSON.stringify(policy)
}
