import type { ExportSchedule } from '@sluice/sdk'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { type ActingIn, useOrganization } from '../frame/session.ts'
import { nameOf } from './output-name.ts'
import { take } from './take.ts'

/** Of each kind; whoever has more names the others by their id. */
const NAMED_MAX = 1000
const STALE_MS = 60_000

const lists = (acting: ActingIn, what: string) => ({
  queryKey: [acting.organization.id, 'names', what],
  staleTime: STALE_MS,
})

export function outputsQuery(acting: ActingIn) {
  return queryOptions({
    ...lists(acting, 'outputs'),
    queryFn: () => take(acting.client.outputs.s3RoleBased.list(), NAMED_MAX),
  })
}

/** What an export can be of: licenses, and virtual licenses by their id. */
interface LicenseChoice {
  licenseKey: string
  name: string
  timeZone: string
  isVirtual: boolean
  /** Of those whose samples it holds. */
  licenseIds: string[]
}

export function licensesQuery(acting: ActingIn) {
  return queryOptions({
    ...lists(acting, 'licenses'),
    queryFn: async (): Promise<LicenseChoice[]> => {
      const licenses = await take(acting.client.licenses.list(), NAMED_MAX)
      const virtual = await take(acting.client.virtualLicenses.list(), NAMED_MAX)
      return [
        ...licenses.map(({ id, licenseKey, name, timeZone }) => {
          return { licenseKey, name, timeZone, isVirtual: false, licenseIds: [id] }
        }),
        ...virtual.map(({ id, name, timezone: timeZone, licenses: parts }) => {
          const licenseIds = parts.map((part) => part.id)
          return { licenseKey: id, name, timeZone, isVirtual: true, licenseIds }
        }),
      ]
    },
  })
}

/** Names for what tasks and schedules know by id or key; what has none is told as it is. */
export function useNames(): {
  outputOf(id: string): string
  licenseOf(key: string): string
  /** `Hour`, or `Day in Europe/Vienna`. */
  frequencyOf(schedule: Pick<ExportSchedule, 'frequency' | 'licenseKey'>): string
} {
  const acting = useOrganization()
  const { data: outputs = [] } = useQuery(outputsQuery(acting))
  const { data: licenses = [] } = useQuery(licensesQuery(acting))
  return {
    outputOf: (id) => {
      const output = outputs.find((each) => each.id === id)
      return output ? nameOf(output) : id
    },
    frequencyOf: ({ frequency, licenseKey }) => {
      if (frequency === 'HOURLY') return 'Hour'
      const license = licenses.find((each) => each.licenseKey === licenseKey)
      return license ? `Day in ${license.timeZone}` : 'Day of the license’s time zone'
    },
    licenseOf: (key) => licenses.find(({ licenseKey }) => licenseKey === key)?.name ?? key,
  }
}
