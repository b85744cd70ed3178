import { Button, Stack } from '@mantine/core'
import type { ExportTask } from '@sluice/sdk'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useOrganization } from '../../frame/session.ts'
import { Failure } from '../../parts/failure.tsx'
import { exportTaskQuery } from './export-task-query.ts'

/** Cancel what goes on, retry what has ended without its manifest. */
export function TaskMoves({ task }: { task: ExportTask }) {
  const acting = useOrganization()
  const queries = useQueryClient()
  const { exportTasks } = acting.client
  const onSuccess = (changed: ExportTask) =>
    queries.setQueryData(exportTaskQuery(acting, task.id).queryKey, changed)
  const cancel = useMutation({ mutationFn: () => exportTasks.cancel(task.id), onSuccess })
  const retry = useMutation({ mutationFn: () => exportTasks.retry(task.id), onSuccess })
  const error = cancel.error ?? retry.error
  return (
    <Stack gap="xs" align="flex-end">
      {(task.state === 'QUEUED' || task.state === 'STARTED') && (
        <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
          Cancel
        </Button>
      )}
      {(task.state === 'ERROR' || task.state === 'CANCELLED') && (
        <Button loading={retry.isPending} onClick={() => retry.mutate()}>
          Retry
        </Button>
      )}
      {error !== null && <Failure error={error} />}
    </Stack>
  )
}
