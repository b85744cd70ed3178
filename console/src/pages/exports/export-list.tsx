// biome-ignore-all lint/a11y/useSemanticElements: rows that are placed one by one are no table's
// biome-ignore-all lint/a11y/useFocusableInteractive: nothing but the links in it is for the keyboard
import { Paper, Progress, Text } from '@mantine/core'
import type { ExportTask } from '@sluice/sdk'
import { useQuery } from '@tanstack/react-query'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import { useOrganization } from '../../frame/session.ts'
import { writeCount } from '../../parts/amounts.ts'
import { Empty } from '../../parts/empty.tsx'
import { Instant } from '../../parts/instant.tsx'
import { useNames } from '../../parts/known-names.ts'
import { ButtonTo, LinkTo } from '../../parts/links.tsx'
import { Loaded } from '../../parts/loaded.tsx'
import { TaskStatus } from '../../parts/task-status.tsx'
import { WindowOf } from '../../parts/window-of.tsx'
import classes from './export-list.module.css'
import { exportPageQuery, useExportRows } from './export-rows.ts'
import type { ExportsSearch } from './exports-search.ts'

const ROW_PX = 58
const OVERSCAN_ROWS = 10
const head = ['Export', 'Status', 'Window', 'Output', 'Created']

/** However many there are, only those in sight are asked for and drawn. */
export function ExportList({ search }: { search: ExportsSearch }) {
  const list = useRef<HTMLDivElement>(null)
  const acting = useOrganization()
  const first = useQuery(exportPageQuery(acting, search, 0))
  const totalCount = first.data?.totalCount
  const rows = useWindowVirtualizer({
    count: totalCount ?? 0,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN_ROWS,
    scrollMargin: list.current?.offsetTop ?? 0,
  })
  const shown = rows.getVirtualItems()
  const sight = { first: shown[0]?.index ?? 0, last: shown.at(-1)?.index ?? 0 }
  const taskAt = useExportRows(acting, search, sight)
  if (totalCount === undefined)
    return (
      <Loaded query={first} what="the exports" lines={6}>
        {() => null}
      </Loaded>
    )
  if (totalCount === 0)
    return (
      <Paper>
        <NoExports isFiltered={Object.keys(search).length > 0} />
      </Paper>
    )
  return (
    <Paper py="sm">
      <Text size="sm" c="dimmed" role="status" pb="xs">
        {writeCount(totalCount, 'export')}
      </Text>
      <div role="table" aria-label="Exports" aria-rowcount={totalCount + 1}>
        <div role="rowgroup" className={classes.head}>
          <div role="row" aria-rowindex={1} className={classes.row}>
            {head.map((name) => (
              <span key={name} role="columnheader">
                {name}
              </span>
            ))}
          </div>
        </div>
        <div
          ref={list}
          role="rowgroup"
          className={classes.body}
          style={{ height: rows.getTotalSize() }}
        >
          {shown.map(({ index, start }) => (
            <div
              key={index}
              ref={rows.measureElement}
              role="row"
              data-index={index}
              aria-rowindex={index + 2}
              className={classes.row}
              style={{ transform: `translateY(${start - rows.options.scrollMargin}px)` }}
            >
              <Cells task={taskAt(index)} />
            </div>
          ))}
        </div>
      </div>
    </Paper>
  )
}

function Cells({ task }: { task: ExportTask | undefined }) {
  const { organization } = useOrganization()
  const { outputOf } = useNames()
  if (task === undefined) return <span role="cell">…</span>
  return (
    <>
      <span role="cell">
        <LinkTo
          to="/organizations/$organizationId/exports/$exportTaskId"
          params={{ organizationId: organization.id, exportTaskId: task.id }}
          size="sm"
          fw={500}
        >
          {task.name}
        </LinkTo>
      </span>
      <span role="cell">
        <TaskStatus task={task} />
        {task.state === 'STARTED' && (
          <Progress
            value={task.progress}
            aria-label={`Progress of ${task.name}`}
            mt={4}
            size="sm"
          />
        )}
      </span>
      <span role="cell">
        <WindowOf startTime={task.startTime} endTime={task.endTime} />
      </span>
      <span role="cell">{outputOf(task.output.outputId)}</span>
      <span role="cell">
        <Instant at={task.createdAt} />
      </span>
    </>
  )
}

function NoExports({ isFiltered }: { isFiltered: boolean }) {
  const { organization } = useOrganization()
  const params = { organizationId: organization.id }
  if (isFiltered)
    return (
      <Empty
        title="No export is like that"
        action={
          <ButtonTo to="/organizations/$organizationId/exports" params={params} variant="default">
            Show all
          </ButtonTo>
        }
      >
        Nothing has this status, output and license.
      </Empty>
    )
  return (
    <Empty
      title="No exports yet"
      action={
        <ButtonTo to="/organizations/$organizationId/exports/new" params={params} mt="sm">
          New export
        </ButtonTo>
      }
    >
      An export puts the samples of a window into your bucket. A schedule does so by itself, hour by
      hour.
    </Empty>
  )
}
