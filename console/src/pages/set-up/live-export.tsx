import { Code, Group, Progress, Stack, Text } from '@mantine/core'
import type { ExportFile, ExportTask, S3RoleBasedOutput } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { ButtonTo, LinkTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { placeOf } from '../../parts/output-name.ts'
import { Rows } from '../../parts/rows.tsx'
import { TaskStatus } from '../../parts/task-status.tsx'
import { exportTaskQuery, useExportFiles } from '../export-task/export-task-query.ts'

/** An export, watched to its end. */
export function LiveExport({ id, output }: { id: string; output: S3RoleBasedOutput }) {
  const task = useQuery(exportTaskQuery(useOrganization(), id))
  return (
    <Card title="The first export">
      <Loaded query={task} what="the export">
        {(found) => <Watched task={found} output={output} />}
      </Loaded>
    </Card>
  )
}

function Watched({ task, output }: { task: ExportTask; output: S3RoleBasedOutput }) {
  const acting = useOrganization()
  const files = useExportFiles(acting, task).data ?? []
  const params = { organizationId: acting.organization.id }
  const isFinished = task.state === 'FINISHED'
  return (
    <Stack>
      <Group role="status">
        <TaskStatus task={task} />
        <Text size="sm">{task.waitsFor ?? sentences[task.state]}</Text>
      </Group>
      <Progress value={task.progress} aria-label="Progress of the export" />
      {task.error && <Failure title="The export ended in an error" error={task.error} />}
      {isFinished && (
        <Text>
          <b>Your bucket has its first files.</b> They are below{' '}
          <Code>{`${placeOf(output)}${task.output.outputPath}`}</Code>.
        </Text>
      )}
      <Files files={files} />
      <Group>
        <ButtonTo
          to="/organizations/$organizationId/exports/$exportTaskId"
          params={{ ...params, exportTaskId: task.id }}
          variant={isFinished ? 'default' : 'filled'}
        >
          The whole export
        </ButtonTo>
        {isFinished && (
          <ButtonTo
            to="/organizations/$organizationId/schedules/new"
            params={params}
            search={{ outputId: output.id, licenseKey: task.licenseKey }}
          >
            Export every hour from now on
          </ButtonTo>
        )}
        <LinkTo
          size="sm"
          to="/organizations/$organizationId/outputs/$outputId"
          params={{ ...params, outputId: output.id }}
        >
          Go to the output
        </LinkTo>
      </Group>
    </Stack>
  )
}

function Files({ files }: { files: ExportFile[] }) {
  return (
    <Rows
      caption="Files"
      head={['Object key', 'State', 'Rows']}
      whole={['State']}
      empty="None is planned yet."
      rows={files.map(({ objectKey, status, rows }) => ({
        key: objectKey,
        cells: [<Code key="key">{objectKey}</Code>, fileWords[status], rows],
      }))}
    />
  )
}

const fileWords: Record<ExportFile['status'], string> = {
  PLANNED: 'Planned',
  CLAIMED: 'In flight',
  DELIVERED: 'Delivered',
}

const sentences: Record<ExportTask['state'], string> = {
  QUEUED: 'It waits until its last hour is closed and a worker is free.',
  STARTED: 'Files are being written and put into your bucket.',
  CANCELLING: 'It is about to stop.',
  CANCELLED: 'Somebody has cancelled it.',
  FINISHED: 'Every file and the manifest are in the bucket.',
  ERROR: 'It has stopped. Change what is said below; then try again on the page of the export.',
}
