import { Type } from 'typebox'
import { invalidRequest, notFound } from '#errors'
import { type Caller, parseInstant, type Routes } from '#http'
import { getLicenses } from '#licenses'
import type { ImpressionRef, Samples } from '#samples'
import { readFilters } from './filters.ts'
import {
  ErrorDetailsAnswer,
  ImpressionBody,
  ImpressionsAnswer,
  ImpressionsQueryBody,
  RowsAnswer,
  writeErrorDetail,
  writeRow,
} from './schema.ts'

const tags = ['Impressions']
const ById = Type.Object({ id: Type.String() })

/** POST /analytics/impressions and what lies below: queries, hence POST, and 200. */
export function impressionRoutes({ samples }: { samples: Pick<Samples, 'impressions'> }): Routes {
  return (app) => {
    app.post(
      '/analytics/impressions',
      {
        schema: {
          operationId: 'findImpressions',
          summary: 'Find impressions of a window, the last seen first',
          tags,
          body: ImpressionsQueryBody,
          response: { 200: ImpressionsAnswer },
        },
      },
      async ({ body, caller }) => {
        const window = { start: parseInstant(body.start), end: parseInstant(body.end) }
        const read = readFilters(body.filters ?? [])
        const mistakes = [
          ...(window.end <= window.start
            ? [{ field: 'end', text: 'must be later than start' }]
            : []),
          ...('mistakes' in read ? read.mistakes : []),
        ]
        if ('mistakes' in read || mistakes.length > 0) throw invalidRequest(mistakes)
        const licenseKeys = await licenseKeysOf(caller, body.licenseKey)
        const { filters } = read
        const { limit } = body
        const found = await samples.impressions.find({ licenseKeys, window, filters, limit })
        return { impressions: found.map((impressionId) => ({ impressionId })) }
      },
    )
    app.post(
      '/analytics/impressions/:id',
      {
        schema: {
          operationId: 'getImpression',
          summary: 'The samples of an impression, in the order of the player',
          tags,
          params: ById,
          body: ImpressionBody,
          response: { 200: RowsAnswer },
        },
      },
      async ({ body, params, caller }) => {
        const rows = await samples.impressions.readSamples(await refOf(caller, params, body))
        if (rows.length === 0) throw notFound('impression', params.id)
        return rows.map(writeRow)
      },
    )
    app.post(
      '/analytics/impressions/:id/ads',
      {
        schema: {
          operationId: 'listImpressionAds',
          summary: 'The ad samples of an impression; empty when it had none',
          tags,
          params: ById,
          body: ImpressionBody,
          response: { 200: RowsAnswer },
        },
      },
      async ({ body, params, caller }) => {
        const rows = await samples.impressions.readAds(await refOf(caller, params, body))
        return rows.map(writeRow)
      },
    )
    app.post(
      '/analytics/impressions/:id/errors',
      {
        schema: {
          operationId: 'listImpressionErrors',
          summary: 'The error details of an impression; empty when it had none',
          tags,
          params: ById,
          body: ImpressionBody,
          response: { 200: ErrorDetailsAnswer },
        },
      },
      async ({ body, params, caller }) => {
        const rows = await samples.impressions.readErrorDetails(await refOf(caller, params, body))
        return { errorDetails: rows.map(writeErrorDetail) }
      },
    )
  }
}

/** Of the caller's own. Throws NOT_FOUND. */
async function refOf(
  caller: Caller,
  { id: impressionId }: { id: string },
  { licenseKey }: { licenseKey: string },
): Promise<ImpressionRef> {
  return { licenseKeys: await licenseKeysOf(caller, licenseKey), impressionId }
}

async function licenseKeysOf({ scope }: Caller, licenseKey: string): Promise<string[]> {
  return (await getLicenses(scope, licenseKey)).map((license) => license.licenseKey)
}
