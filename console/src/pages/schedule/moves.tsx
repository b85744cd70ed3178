import { Button, Group, Stack } from '@mantine/core'
import type { ExportSchedule } from '@sluice/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { ConfirmButton } from '../../parts/confirm.tsx'
import { Failure } from '../../parts/failure.tsx'
import { useScheduleMove } from './schedule-query.ts'

/** Pause, resume, delete. */
export function Moves({ schedule }: { schedule: ExportSchedule }) {
  const isPaused = schedule.status === 'PAUSED'
  const toggle = useScheduleMove((of) =>
    isPaused ? of.resume(schedule.id) : of.pause(schedule.id),
  )
  const deleteIt = useDeletion(schedule)
  return (
    <Stack gap="xs" align="flex-end">
      <Group gap="sm">
        <Button variant="default" loading={toggle.isPending} onClick={() => toggle.mutate()}>
          {isPaused ? 'Resume' : 'Pause'}
        </Button>
        <ConfirmButton
          size="sm"
          label="Delete"
          title={`Delete the schedule “${schedule.name}”?`}
          run={deleteIt}
        >
          Nothing new is exported by it. Exports that it has begun go on, and files that are in the
          bucket stay.
        </ConfirmButton>
      </Group>
      {toggle.error && <Failure error={toggle.error} />}
    </Stack>
  )
}

/** Its page is left first, so that nobody asks for a schedule that is gone. */
function useDeletion({ id }: ExportSchedule): () => Promise<void> {
  const { client, organization } = useOrganization()
  const queries = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    await client.exportSchedules.delete(id)
    await navigate({
      to: '/organizations/$organizationId/schedules',
      params: { organizationId: organization.id },
    })
    await queries.invalidateQueries({ queryKey: [organization.id, 'schedules'] })
  }
}
