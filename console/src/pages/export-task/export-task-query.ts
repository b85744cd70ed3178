import type { ExportFile, ExportTask, Page } from '@sluice/sdk'
import {
  queryOptions,
  type UseQueryResult,
  useQueries,
  useQueryClient,
} from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { ActingIn } from '../../frame/session.ts'
import { take } from '../../parts/take.ts'
import { isUnderway } from '../../parts/task-status.tsx'

/** Between two looks at a task that goes on. */
const LIVE_MS = 1_500
const FILES_PAGE_ITEMS = 100
/** As many as the service keeps. */
const LOG_ENTRIES_MAX = 500
const HOUR_MS = 3_600_000

const keyOf = ({ organization }: ActingIn, id: string) => [organization.id, 'exports', 'task', id]

export function exportTaskQuery(acting: ActingIn, id: string) {
  return queryOptions({
    queryKey: keyOf(acting, id),
    queryFn: (): Promise<ExportTask> => acting.client.exportTasks.get(id),
    refetchInterval: ({ state }) => (state.data && isUnderway(state.data) ? LIVE_MS : false),
  })
}

export function exportLogQuery(acting: ActingIn, task: ExportTask) {
  return queryOptions({
    queryKey: [...keyOf(acting, task.id), 'parts', 'log'],
    queryFn: () => take(acting.client.exportTasks.listLog(task.id), LOG_ENTRIES_MAX),
    refetchInterval: isUnderway(task) ? LIVE_MS : false,
  })
}

/** All files; pages whose files are all in the bucket are not asked for again. */
export function useExportFiles(acting: ActingIn, task: ExportTask) {
  useLastLook(acting, task)
  const count = Math.ceil((countHours(task) + 1) / FILES_PAGE_ITEMS)
  return useQueries({
    queries: Array.from({ length: count }, (_, page) => filesPageQuery(acting, task, page)),
    combine: joinPages,
  })
}

/** What was last seen of a task while it went on is not the last word on it. */
function useLastLook(acting: ActingIn, { id, state, attempts }: ExportTask): void {
  const queries = useQueryClient()
  const parts = useRef([...keyOf(acting, id), 'parts'])
  const known = useRef(`${state} ${attempts}`)
  useEffect(() => {
    const now = `${state} ${attempts}`
    if (known.current !== now) void queries.invalidateQueries({ queryKey: parts.current })
    known.current = now
  }, [queries, state, attempts])
}

/** As if they had been one answer: it is there when all are. */
function joinPages(pages: UseQueryResult<Page<ExportFile>, Error>[]) {
  const isWhole = pages.every(({ data }) => data !== undefined)
  const failed = pages.filter(({ data, error }) => data === undefined && error !== null)
  return {
    data: isWhole ? pages.flatMap(({ data }) => data?.items ?? []) : undefined,
    error: failed[0]?.error ?? null,
    refetch: () => Promise.all(failed.map((page) => page.refetch())),
  }
}

function filesPageQuery(acting: ActingIn, task: ExportTask, page: number) {
  const query = { offset: page * FILES_PAGE_ITEMS, limit: FILES_PAGE_ITEMS }
  return queryOptions({
    queryKey: [...keyOf(acting, task.id), 'parts', 'files', page],
    queryFn: () => acting.client.exportTasks.listFiles(task.id).page(query),
    refetchInterval: ({ state }) => {
      const isWhole = state.data?.items.every(({ status }) => status === 'DELIVERED')
      return isUnderway(task) && !isWhole ? LIVE_MS : false
    },
  })
}

/** The first and the last may be parts of one. */
function countHours({ startTime, endTime }: ExportTask): number {
  const first = Math.floor(Date.parse(startTime) / HOUR_MS)
  return Math.ceil(Date.parse(endTime) / HOUR_MS) - first
}
