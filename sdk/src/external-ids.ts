import type { components } from './generated/openapi.ts'
import { listAll } from './pages.ts'
import type { Transport } from './transport.ts'

type Schemas = components['schemas']
/** An id that was handed out before there is an output. */
export type ExternalId = Schemas['AnalyticsExternalId']
export type ExternalIdRotation = Schemas['AnalyticsExternalIdRotation']

export function externalIdsOf({ api, result }: Transport) {
  const all = '/v1/analytics/external-ids'
  const one = '/v1/analytics/external-ids/{externalId}'
  const path = (externalId: string) => ({ params: { path: { externalId } } })
  return {
    /** For an output that is created later with this `externalId`. */
    create: (body: Schemas['NewAnalyticsExternalId'] = {}): Promise<ExternalId> =>
      result(api.POST(all, { body })),
    get: (externalId: string): Promise<ExternalId> => result(api.GET(one, path(externalId))),
    /** Those that wait for their output, and those that outputs have taken. */
    list: () => listAll((query) => result(api.GET(all, { params: { query } }))),
    /** Retires one that no output has taken; it never returns. */
    delete: async (externalId: string): Promise<void> => {
      await result(api.DELETE(one, path(externalId)))
    },
  }
}

/** Each takes the id of an output; with GLOBAL, any of those that share the organization's id. */
export function externalIdRotationOf({ api, result }: Transport) {
  const rotation = '/v1/analytics/outputs/s3-role-based/{id}/external-id-rotation'
  const path = (id: string) => ({ params: { path: { id } } })
  return {
    /** Issues the next id. */
    start: (id: string): Promise<ExternalIdRotation> => result(api.POST(rotation, path(id))),
    /** The one that is under way, else the last one. */
    get: (id: string): Promise<ExternalIdRotation> => result(api.GET(rotation, path(id))),
    /** Once the role is proven to open with the next id. */
    promote: (id: string): Promise<ExternalIdRotation> =>
      result(api.POST(`${rotation}/promotion`, path(id))),
    /** Once the role is proven to refuse the old id, which then never returns. */
    retire: (id: string): Promise<ExternalIdRotation> =>
      result(api.POST(`${rotation}/retirement`, path(id))),
    /** Back to the old id; the next one never returns. */
    cancel: (id: string): Promise<ExternalIdRotation> => result(api.DELETE(rotation, path(id))),
  }
}
