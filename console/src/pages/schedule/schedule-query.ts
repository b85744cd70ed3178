import type { ExportSchedule, ExportScheduleHour } from '@sluice/sdk'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { type ActingIn, useOrganization } from '../../frame/session.ts'

const REFRESH_MS = 5_000
/** While something is under way. */
const LIVE_MS = 1_000
export const HOURS_SHOWN = 24

const keyOf = ({ organization }: ActingIn, id: string) => [organization.id, 'schedules', id]

export function scheduleQuery(acting: ActingIn, id: string) {
  return queryOptions({
    queryKey: keyOf(acting, id),
    queryFn: (): Promise<ExportSchedule> => acting.client.exportSchedules.get(id),
    refetchInterval: REFRESH_MS,
  })
}

const underWay = new Set<ExportScheduleHour['status']>(['QUEUED', 'STARTED'])

/** The newest first; the first page is 1. */
export function hoursQuery(acting: ActingIn, id: string, page: number) {
  const query = { offset: (page - 1) * HOURS_SHOWN, limit: HOURS_SHOWN }
  return queryOptions({
    queryKey: [...keyOf(acting, id), 'hours', page],
    queryFn: () => acting.client.exportSchedules.listHours(id).page(query),
    refetchInterval: ({ state }) => {
      const isLive = state.data?.items.some(({ status }) => underWay.has(status))
      return isLive ? LIVE_MS : REFRESH_MS
    },
  })
}

/** Something that changes a schedule: all that is known of schedules is asked for again. */
export function useScheduleMove<Given = void, Answer = unknown>(
  move: (of: ActingIn['client']['exportSchedules'], given: Given) => Promise<Answer>,
) {
  const { client, organization } = useOrganization()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (given: Given) => move(client.exportSchedules, given),
    onSuccess: () => queries.invalidateQueries({ queryKey: [organization.id, 'schedules'] }),
  })
}
