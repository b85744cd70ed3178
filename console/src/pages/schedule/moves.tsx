import { Button, Group, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ExportSchedule } from '@sluice/sdk'
import { useNavigate } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { Failure } from '../../parts/failure.tsx'
import { useScheduleMove } from './schedule-query.ts'

/** Pause, resume, delete. */
export function Moves({ schedule }: { schedule: ExportSchedule }) {
  const isPaused = schedule.status === 'PAUSED'
  const toggle = useScheduleMove((of) =>
    isPaused ? of.resume(schedule.id) : of.pause(schedule.id),
  )
  const [isAsking, { open, close }] = useDisclosure()
  return (
    <Stack gap="xs" align="flex-end">
      <Group gap="sm">
        <Button variant="default" loading={toggle.isPending} onClick={() => toggle.mutate()}>
          {isPaused ? 'Resume' : 'Pause'}
        </Button>
        <Button variant="default" onClick={open}>
          Delete
        </Button>
      </Group>
      {toggle.error && <Failure error={toggle.error} />}
      <Dialog title={`Delete ${schedule.name}?`} isOpen={isAsking} onClose={close}>
        <Deletion schedule={schedule} onKeep={close} />
      </Dialog>
    </Stack>
  )
}

function Deletion({ schedule, onKeep }: { schedule: ExportSchedule; onKeep(): void }) {
  const { organization } = useOrganization()
  const navigate = useNavigate()
  const deletion = useScheduleMove(async (of) => {
    await of.delete(schedule.id)
    await navigate({
      to: '/organizations/$organizationId/schedules',
      params: { organizationId: organization.id },
    })
  })
  return (
    <Stack>
      <Text size="sm">
        Nothing new is exported by it. Exports that it has begun go on, and files that are in the
        bucket stay.
      </Text>
      {deletion.error && <Failure error={deletion.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onKeep}>
          Keep it
        </Button>
        <Button color="red.9" loading={deletion.isPending} onClick={() => deletion.mutate()}>
          Delete the schedule
        </Button>
      </Group>
    </Stack>
  )
}
