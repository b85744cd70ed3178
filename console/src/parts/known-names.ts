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
export interface LicenseChoice {
  licenseKey: string
  name: string
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
        ...licenses.map(({ id, licenseKey, name }) => {
          return { licenseKey, name, isVirtual: false, licenseIds: [id] }
        }),
        ...virtual.map(({ id, name, licenses: parts }) => {
          return { licenseKey: id, name, isVirtual: true, licenseIds: parts.map((part) => part.id) }
        }),
      ]
    },
  })
}

/** Names for what tasks and schedules know by id or key; what has none is told as it is. */
export function useNames(): { outputOf(id: string): string; licenseOf(key: string): string } {
  const acting = useOrganization()
  const { data: outputs = [] } = useQuery(outputsQuery(acting))
  const { data: licenses = [] } = useQuery(licensesQuery(acting))
  return {
    outputOf: (id) => {
      const output = outputs.find((each) => each.id === id)
      return output ? nameOf(output) : id
    },
    licenseOf: (key) => licenses.find(({ licenseKey }) => licenseKey === key)?.name ?? key,
  }
}
