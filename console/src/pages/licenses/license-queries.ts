import { queryOptions } from '@tanstack/react-query'
import type { ActingIn } from '../../frame/session.ts'
import { take } from '../../parts/take.ts'
import { barsOf, type Span, windowOf } from './sample-series.ts'

/** More than anybody has; a page that lists more would want a search. */
const LICENSES_MAX = 1000
const REFRESH_MS = 60_000
const ROWS_SHOWN = 10

export function licenseQueries({ client, organization }: ActingIn) {
  const of = (...what: string[]) => [organization.id, 'licenses', ...what]
  return {
    /** Names of licenses stand on other pages too. */
    everything: [organization.id],
    licenses: queryOptions({
      queryKey: of('list'),
      queryFn: () => take(client.licenses.list(), LICENSES_MAX),
    }),
    license: (id: string) =>
      queryOptions({ queryKey: of(id), queryFn: () => client.licenses.get(id) }),
    virtualLicenses: queryOptions({
      queryKey: of('virtual'),
      queryFn: () => take(client.virtualLicenses.list(), LICENSES_MAX),
    }),
    virtualLicense: (id: string) =>
      queryOptions({ queryKey: of('virtual', id), queryFn: () => client.virtualLicenses.get(id) }),
    sampleHours: (id: string, span: Span) =>
      queryOptions({
        queryKey: of(id, 'sample-hours', span),
        queryFn: () => client.licenses.listSampleHours(id, windowOf(span, new Date())),
        refetchInterval: REFRESH_MS,
        select: (hours) => barsOf(hours, span),
      }),
    newestSamples: (id: string, type: 'SESSIONS' | 'ADS') =>
      queryOptions({
        queryKey: of(id, 'samples', type),
        queryFn: () => client.licenses.listNewestSamples(id, { type, limit: ROWS_SHOWN }),
      }),
  }
}
