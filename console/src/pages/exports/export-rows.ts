import type { ExportTask, Page } from '@sluice/sdk'
import { queryOptions, useQueries } from '@tanstack/react-query'
import type { ActingIn } from '../../frame/session.ts'
import { isUnderway } from '../../parts/task-status.tsx'
import type { ExportsSearch } from './exports-search.ts'

const PAGE_ITEMS = 50
/** While something of the page goes on, and while nothing does. */
const REFRESH_MS = { live: 2_000, idle: 15_000 }

/** A page of the list, asked for as long as it is in sight. */
export function exportPageQuery(acting: ActingIn, search: ExportsSearch, page: number) {
  const { client, organization } = acting
  return queryOptions({
    queryKey: [organization.id, 'exports', 'list', search, page],
    queryFn: (): Promise<Page<ExportTask>> =>
      client.exportTasks.list(search).page({ offset: page * PAGE_ITEMS, limit: PAGE_ITEMS }),
    refetchInterval: ({ state }) =>
      REFRESH_MS[state.data?.items.some(isUnderway) ? 'live' : 'idle'],
  })
}

/** Reads rows from the pages that hold those in sight. */
export function useExportRows(
  acting: ActingIn,
  search: ExportsSearch,
  sight: { first: number; last: number },
): (row: number) => ExportTask | undefined {
  const first = Math.floor(sight.first / PAGE_ITEMS)
  const count = Math.floor(sight.last / PAGE_ITEMS) - first + 1
  const wanted = Array.from({ length: count }, (_, step) => first + step)
  const pages = useQueries({
    queries: wanted.map((page) => exportPageQuery(acting, search, page)),
  })
  return (row) => pages[Math.floor(row / PAGE_ITEMS) - first]?.data?.items[row % PAGE_ITEMS]
}
