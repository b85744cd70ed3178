import { Group, Text } from '@mantine/core'
import type { S3RoleBasedOutput } from '@sluice/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { ConfirmButton } from '../../parts/confirm.tsx'
import { nameOf } from '../../parts/output-name.ts'

export function DeleteOutput({ output }: { output: S3RoleBasedOutput }) {
  const { client, organization } = useOrganization()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const remove = async () => {
    await client.outputs.s3RoleBased.delete(output.id)
    await navigate({
      to: '/organizations/$organizationId/outputs',
      params: { organizationId: organization.id },
    })
    await queries.invalidateQueries({ queryKey: [organization.id] })
  }
  return (
    <Card title="Delete the output">
      <Text size="sm" maw={720}>
        Files that are in your bucket stay there, and so does the role in your AWS account. An
        output cannot be changed: to use another bucket or role, set up a new one first.
      </Text>
      <Group>
        <ConfirmButton
          label="Delete"
          what={nameOf(output)}
          title={`Delete the output ${nameOf(output)}?`}
          run={remove}
        >
          Exports and schedules that write to it fail from then on.{' '}
          {output.externalIdMode === 'GLOBAL'
            ? 'Its external id goes on serving your other outputs.'
            : 'Its external id never returns, so the role opens for nobody then; delete it in AWS, too.'}
        </ConfirmButton>
      </Group>
    </Card>
  )
}
