import { Anchor, Button, Code, Group, Progress, Stack, Text } from '@mantine/core'
import type { ExportTask, S3RoleBasedOutput } from '@sluice/sdk'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { ButtonTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { placeOf } from '../../parts/output-name.ts'
import { Rows } from '../../parts/rows.tsx'
import { isUnderway, TaskStatus } from '../../parts/task-status.tsx'

const POLL_MS = 1_000
const FILES_SHOWN_MAX = 25

/** An export, watched to its end. */
export function LiveExport({ id, output }: { id: string; output: S3RoleBasedOutput }) {
  const { client, organization } = useOrganization()
  const task = useQuery({
    queryKey: [organization.id, 'export', id],
    queryFn: () => client.exportTasks.get(id),
    refetchInterval: ({ state }) => (state.data && !isUnderway(state.data) ? false : POLL_MS),
  })
  return (
    <Card title="The first export">
      <Loaded query={task} what="the export">
        {(found) => <Watched task={found} output={output} />}
      </Loaded>
    </Card>
  )
}

function Watched({ task, output }: { task: ExportTask; output: S3RoleBasedOutput }) {
  const { client, organization } = useOrganization()
  const files = useQuery({
    queryKey: [organization.id, 'export', task.id, 'files', task.state, task.progress],
    queryFn: () =>
      client.exportTasks.listFiles(task.id).page({ offset: 0, limit: FILES_SHOWN_MAX }),
    placeholderData: (before) => before,
  })
  const params = { organizationId: organization.id, outputId: output.id }
  const page = `/organizations/${organization.id}/exports/${task.id}`
  return (
    <Stack>
      <Group role="status">
        <TaskStatus task={task} />
        <Text size="sm">{sentenceOf(task)}</Text>
      </Group>
      <Progress value={task.progress} aria-label="Progress of the export" />
      {task.error && <Failure title="The export ended in an error" error={task.error} />}
      {task.state === 'ERROR' && <Retry task={task} />}
      {task.state === 'FINISHED' && (
        <Text>
          <b>Your bucket has its first files.</b> They are below{' '}
          <Code>{`${placeOf(output)}${task.output.outputPath}`}</Code>.
        </Text>
      )}
      <Loaded query={files} what="the files">
        {({ items }) => (
          <Rows
            caption="Files"
            head={['Object key', 'State', 'Rows']}
            empty="None is planned yet."
            rows={items.map(({ objectKey, status, rows }) => ({
              key: objectKey,
              cells: [<Code key="key">{objectKey}</Code>, fileWords[status], rows ?? ''],
            }))}
          />
        )}
      </Loaded>
      <Group>
        <ButtonTo
          to="/organizations/$organizationId/outputs/$outputId"
          params={params}
          variant={task.state === 'FINISHED' ? 'filled' : 'default'}
        >
          Go to the output
        </ButtonTo>
        <Anchor component={Link} to={page} size="sm">
          The whole export
        </Anchor>
        <Anchor component={Link} to={`/organizations/${organization.id}/schedules/new`} size="sm">
          Export every hour from now on
        </Anchor>
      </Group>
    </Stack>
  )
}

function Retry({ task }: { task: ExportTask }) {
  const { client, organization } = useOrganization()
  const queries = useQueryClient()
  const retry = useMutation({
    mutationFn: () => client.exportTasks.retry(task.id),
    onSuccess: (found) => queries.setQueryData([organization.id, 'export', task.id], found),
  })
  return (
    <Group>
      <Button size="xs" variant="default" loading={retry.isPending} onClick={() => retry.mutate()}>
        Try it again
      </Button>
      {retry.error && <Failure error={retry.error} />}
    </Group>
  )
}

const fileWords = { PLANNED: 'Planned', CLAIMED: 'In flight', DELIVERED: 'Delivered' }

function sentenceOf({ state }: ExportTask): string {
  switch (state) {
    case 'QUEUED':
      return 'It waits until its last hour is closed and a worker is free.'
    case 'STARTED':
      return 'Files are being written and put into your bucket.'
    case 'CANCELLING':
      return 'It is about to stop.'
    case 'CANCELLED':
      return 'Somebody has cancelled it.'
    case 'FINISHED':
      return 'Every file and the manifest are in the bucket.'
    case 'ERROR':
      return 'It has stopped.'
  }
}
