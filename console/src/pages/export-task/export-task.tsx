import { Group, Progress, Stack, Text } from '@mantine/core'
import type { ExportTask } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { HourMap } from '../../parts/hour-grid.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { Loading } from '../../parts/loading.tsx'
import { NotLoaded } from '../../parts/not-loaded.tsx'
import { Page } from '../../parts/page.tsx'
import { isUnderway, TaskStatus } from '../../parts/task-status.tsx'
import { exportTaskQuery, useExportFiles } from './export-task-query.ts'
import { Facts } from './facts.tsx'
import { Files } from './files.tsx'
import { HourDetails } from './hour-details.tsx'
import { hoursOf, legendOf } from './judge-file.ts'
import { Log } from './log.tsx'
import { Manifest } from './manifest.tsx'
import { TaskMoves } from './task-moves.tsx'

const path = '/organizations/$organizationId/exports'

/** One export from its plan to its manifest, as it goes on. */
export function ExportTaskPage() {
  const acting = useOrganization()
  const { exportTaskId } = useParams({ from: `/signed-in${path}/$exportTaskId` })
  const task = useQuery(exportTaskQuery(acting, exportTaskId))
  const crumbs = [
    { name: 'Exports', href: path.replace('$organizationId', acting.organization.id) },
  ]
  if (task.data === undefined)
    return (
      <Page title="Export" crumbs={crumbs}>
        <Loaded query={task} what="the export" lines={6}>
          {() => null}
        </Loaded>
      </Page>
    )
  return (
    <Page
      title={task.data.name}
      crumbs={crumbs}
      about={task.data.description}
      actions={<TaskMoves task={task.data} />}
    >
      <Standing task={task.data} />
      <Contents key={exportTaskId} task={task.data} />
    </Page>
  )
}

function Standing({ task }: { task: ExportTask }) {
  return (
    <Stack gap="sm">
      <Group gap="md" role="status">
        <TaskStatus task={task} />
        {task.attempts > 1 && (
          <Text size="sm" c="dimmed">
            attempt {task.attempts}
          </Text>
        )}
      </Group>
      {task.waitsFor && <Text size="sm">{task.waitsFor}</Text>}
      {isUnderway(task) && (
        <Progress value={task.progress} animated aria-label="Progress of the export" />
      )}
      {task.error && task.state === 'ERROR' && (
        <Failure title="The export ended in an error" error={task.error} />
      )}
    </Stack>
  )
}

function Contents({ task }: { task: ExportTask }) {
  const acting = useOrganization()
  const query = useExportFiles(acting, task)
  const { data: files } = query
  const [selected, setSelected] = useState<string>()
  if (query.error !== null) return <NotLoaded query={query} what="the files" />
  if (files === undefined) return <Loading what="the files" lines={8} />
  const hours = hoursOf(files, task)
  const manifest = files.find(({ startTime }) => startTime === undefined)
  return (
    <Stack gap="lg">
      <Card title="Hours">
        <HourMap
          caption="Hours of the export"
          hours={hours}
          legend={legendOf(hours)}
          selected={selected}
          onSelect={setSelected}
        />
        <HourDetails hour={hours.find(({ startTime }) => startTime === selected)} />
      </Card>
      <Facts task={task} files={files} />
      <Manifest task={task} manifest={manifest} files={files} />
      <Files task={task} files={files} />
      <Log task={task} />
    </Stack>
  )
}
