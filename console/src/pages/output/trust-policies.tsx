import { Code, Stack, Text } from '@mantine/core'
import type { OutputSetup } from '@sluice/sdk'
import { useOrganization } from '../../frame/session.ts'
import { CodeBlock } from '../../parts/code-block.tsx'
import { LinkTo } from '../../parts/links.tsx'
import { formatPolicy } from '../../parts/policy-text.ts'

/** What to save on each role, and the ways to do it. */
export function TrustPolicies({ setups }: { setups: OutputSetup[] }) {
  const { organization } = useOrganization()
  const named = setups.map((setup) => ({
    ...setup,
    roleName: setup.roleArn.split('/').at(-1) ?? '',
  }))
  return named.map(({ outputId, roleArn, roleName, trustPolicy }) => (
    <Stack key={roleArn} gap="xs">
      <CodeBlock
        text={formatPolicy(trustPolicy)}
        what={`the trust policy of ${roleName}`}
        title={`The trust policy of ${roleArn}`}
      />
      <Text size="sm">
        In the AWS console: IAM, Roles, <Code>{roleName}</Code>, Trust relationships, Edit trust
        policy. Or run{' '}
        <LinkTo
          to="/organizations/$organizationId/outputs/$outputId/set-up/$step"
          params={{ organizationId: organization.id, outputId, step: 'role' }}
          search={{ way: 'aws-cli' }}
        >
          the script for the AWS CLI
        </LinkTo>{' '}
        again: it has the same policy.
      </Text>
    </Stack>
  ))
}
