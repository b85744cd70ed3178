import type { components } from './generated/openapi.ts'
import { listAll } from './pages.ts'
import type { Transport } from './transport.ts'

type Schemas = components['schemas']
export type License = Schemas['License']
export type NewLicense = Schemas['NewLicense']
export type LicenseDomain = Schemas['LicenseDomain']
/** Several licenses; its id stands where a license key is asked for. */
export type VirtualLicense = Schemas['VirtualLicense']

export type SampleHour = Schemas['AnalyticsSampleHours']['hours'][number]
export type Column = Schemas['AnalyticsColumn']
export type NewestSamples = Schemas['AnalyticsNewestSamples']

export interface NewestSamplesQuery {
  type?: 'SESSIONS' | 'ADS'
  /** All when absent. */
  columns?: string[]
  start?: string
  end?: string
  limit?: number
}

/** What became of the rows of an import. */
export interface ImportReport {
  accepted: number
  rejected: number
  /** The first of the rejected, with their lines, counted from 1. */
  errors: { line: number; message: string }[]
}

export interface Import {
  /** Bytes in the format. */
  body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | string
  contentType: 'application/x-ndjson' | 'text/csv' | 'application/vnd.apache.parquet'
  /** The body is packed by gzip. */
  isGzipped?: boolean
  signal?: AbortSignal
}

export function licensesOf({ api, result, stream }: Transport) {
  const all = '/v1/analytics/licenses'
  const one = '/v1/analytics/licenses/{id}'
  const domains = '/v1/analytics/licenses/{id}/domains'
  return {
    create: (body: NewLicense): Promise<License> => result(api.POST(all, { body })),
    get: (id: string): Promise<License> => result(api.GET(one, { params: { path: { id } } })),
    list: () => listAll((query) => result(api.GET(all, { params: { query } }))),
    /** What the body does not name stays as it is. */
    update: (id: string, body: Schemas['LicenseChange']): Promise<License> =>
      result(api.PUT(one, { params: { path: { id } }, body })),
    domains: {
      add: (id: string, url: string): Promise<LicenseDomain> =>
        result(api.POST(domains, { params: { path: { id } }, body: { url } })),
      /** All at once: they are few. */
      list: async (id: string): Promise<LicenseDomain[]> => {
        const found = await result(api.GET(domains, { params: { path: { id } } }))
        return found.domains
      },
      delete: async (id: string, domainId: string): Promise<void> => {
        const path = '/v1/analytics/licenses/{id}/domains/{domainId}'
        await result(api.DELETE(path, { params: { path: { id, domainId } } }))
      },
    },
    /** How many samples each hour of the window has; half-open, at most 100 days. */
    listSampleHours: async (
      id: string,
      window: { start: string; end: string },
    ): Promise<SampleHour[]> => {
      const params = { path: { id }, query: window }
      const found = await result(api.GET('/v1/analytics/licenses/{id}/sample-hours', { params }))
      return found.hours
    },
    /** The newest rows, as a file would have them, at most 50, with what their columns mean. */
    listNewestSamples: (id: string, asked: NewestSamplesQuery = {}): Promise<NewestSamples> => {
      const { columns, ...query } = asked
      const names = columns && { columns: columns.join(',') }
      return result(
        api.GET('/v1/analytics/licenses/{id}/samples', {
          params: { path: { id }, query: { ...query, ...names } },
        }),
      )
    },
    /** Samples with times of their own. Those that were stored stay stored when it fails half way. */
    importSamples: async (id: string, sent: Import): Promise<ImportReport> => {
      const init = {
        method: 'POST',
        headers: {
          'Content-Type': sent.contentType,
          ...(sent.isGzipped && { 'Content-Encoding': 'gzip' }),
        },
        body: sent.body,
        duplex: 'half',
        ...(sent.signal && { signal: sent.signal }),
      } as RequestInit // lib.dom does not know `duplex`, which fetch demands for a stream
      const report = await stream(`/analytics/licenses/${encodeURIComponent(id)}/samples`, init)
      return report as ImportReport
    },
  }
}

/** What a file's columns mean, in its order. */
export async function listColumns(
  { api, result }: Transport,
  type: 'SESSIONS' | 'ADS' = 'SESSIONS',
): Promise<Column[]> {
  const found = await result(api.GET('/v1/analytics/columns', { params: { query: { type } } }))
  return found.columns
}

export function virtualLicensesOf({ api, result }: Transport) {
  const all = '/v1/analytics/virtual-licenses'
  const one = '/v1/analytics/virtual-licenses/{id}'
  const path = (id: string) => ({ params: { path: { id } } })
  return {
    create: (body: Schemas['NewVirtualLicense']): Promise<VirtualLicense> =>
      result(api.POST(all, { body })),
    get: (id: string): Promise<VirtualLicense> => result(api.GET(one, path(id))),
    list: () => listAll((query) => result(api.GET(all, { params: { query } }))),
    /** Replaces it whole. */
    update: (id: string, body: Schemas['NewVirtualLicense']): Promise<VirtualLicense> =>
      result(api.PUT(one, { ...path(id), body })),
    /** Its licenses and their samples stay. */
    delete: async (id: string): Promise<void> => {
      await result(api.DELETE(one, path(id)))
    },
  }
}
