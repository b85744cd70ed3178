import { Group, Text } from '@mantine/core'
import type { S3RoleBasedOutput } from '@sluice/sdk'
import { useOrganization } from '../../frame/session.ts'
import { ButtonTo, LinkTo } from '../../parts/links.tsx'
import { VerificationReport } from '../output/verification-report.tsx'

export function VerificationStep({ output }: { output: S3RoleBasedOutput }) {
  const { organization } = useOrganization()
  const to = '/organizations/$organizationId/outputs/$outputId/set-up/$step'
  const params = { organizationId: organization.id, outputId: output.id }
  return (
    <VerificationReport output={output}>
      {({ verdict }) =>
        verdict === 'PASSED' ? (
          <Group>
            <ButtonTo to={to} params={{ ...params, step: 'export' }}>
              Start the first export
            </ButtonTo>
          </Group>
        ) : (
          <Text size="sm">
            A role that was made just now may take AWS some seconds.{' '}
            <LinkTo to={to} params={{ ...params, step: 'role' }}>
              How to make the role
            </LinkTo>
          </Text>
        )
      }
    </VerificationReport>
  )
}
