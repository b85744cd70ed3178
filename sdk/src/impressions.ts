import type { components } from './generated/openapi.ts'
import type { Transport } from './transport.ts'

type Schemas = components['schemas']
export type ImpressionQuery = Schemas['AnalyticsImpressionsQuery']
/** Rows by column; instants are milliseconds since 1970. */
export type Impression = Record<string, unknown>[]
export type ImpressionErrors = Schemas['AnalyticsErrorDetails']

/** Each takes the key of a license, or the id of a virtual license. */
export function impressionsOf({ api, result }: Transport) {
  const all = '/v1/analytics/impressions'
  const path = (id: string) => ({ params: { path: { id } } })
  return {
    /** The last seen first. */
    find: async (body: ImpressionQuery): Promise<string[]> => {
      const { impressions } = await result(api.POST(all, { body }))
      return impressions.map(({ impressionId }) => impressionId)
    },
    /** Its samples, in the order of the player. */
    get: (id: string, body: { licenseKey: string }): Promise<Impression> =>
      result(api.POST(`${all}/{id}`, { ...path(id), body })),
    listAds: (id: string, body: { licenseKey: string }): Promise<Impression> =>
      result(api.POST(`${all}/{id}/ads`, { ...path(id), body })),
    listErrors: (id: string, body: { licenseKey: string }): Promise<ImpressionErrors> =>
      result(api.POST(`${all}/{id}/errors`, { ...path(id), body })),
  }
}
