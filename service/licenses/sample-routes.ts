import { Type } from 'typebox'
import { invalidRequest } from '#errors'
import {
  type App,
  checkHourWindow,
  formatInstant,
  HourWindow,
  hoursAnsweredMax,
  Instant,
  parseInstant,
} from '#http'
import { resolveColumns, type SampleColumn, type Samples } from '#samples'
import { getLicense } from './licenses.ts'
import {
  ColumnsAnswer,
  NewestSamplesAnswer,
  SampleHoursAnswer,
  SampleType,
  writeColumn,
} from './sample-schema.ts'

const tags = ['Licenses']
const ById = Type.Object({ id: Type.String() })
const HOUR_MS = 3_600_000
const ROWS_MAX = 50
/** In which the newest rows are looked for when nobody says. */
const NEWEST_DAYS = 7

/** What lies under a license, for people who look: how much in each hour, and the newest rows. */
export function addSamples(
  app: App,
  samples: Pick<Samples, 'countHours' | 'readNewestRows'>,
): void {
  app.get(
    '/analytics/columns',
    {
      schema: {
        operationId: 'listColumns',
        summary: 'List the columns of a file, with their meanings, types and units',
        tags,
        querystring: Type.Object({ type: SampleType }),
        response: { 200: ColumnsAnswer },
      },
    },
    async ({ query }) => ({ columns: columnsOf(undefined, query.type).map(writeColumn) }),
  )
  app.get(
    '/analytics/licenses/:id/sample-hours',
    {
      schema: {
        operationId: 'listSampleHours',
        summary: 'Count a license’s samples, hour by hour',
        description: `Every hour that the window touches, without samples too; at most ${hoursAnsweredMax} (100 days).`,
        tags,
        params: ById,
        querystring: HourWindow,
        response: { 200: SampleHoursAnswer },
      },
    },
    async ({ caller, params, query }) => {
      const { start, end } = query
      const window = checkHourWindow({ start: parseInstant(start), end: parseInstant(end) })
      const { licenseKey } = await getLicense(caller.scope, params.id)
      const [sessions, ads] = await Promise.all(
        (['SESSIONS', 'ADS'] as const).map((type) =>
          samples.countHours([licenseKey], window, type),
        ),
      )
      return {
        hours: (sessions ?? []).map(({ hour, rows, isClosed }, index) => ({
          startTime: formatInstant(hour),
          samples: rows,
          adSamples: ads?.[index]?.rows ?? 0,
          isClosed,
        })),
      }
    },
  )
  addNewest(app, samples)
}

function addNewest(app: App, samples: Pick<Samples, 'readNewestRows'>): void {
  app.get(
    '/analytics/licenses/:id/samples',
    {
      schema: {
        operationId: 'listNewestSamples',
        summary: 'Show a license’s newest rows, as a file would have them',
        description:
          'Of open hours too. A sample that was sent again hours later may be there twice.',
        tags,
        params: ById,
        querystring: Type.Object({
          type: SampleType,
          columns: Type.Optional(
            Type.String({ description: 'Names with commas between them; all when absent.' }),
          ),
          start: Type.Optional(
            Type.String({ ...Instant, description: `${NEWEST_DAYS} days before end when absent.` }),
          ),
          end: Type.Optional(
            Type.String({ ...Instant, description: 'Exclusive; absent: the newest there are.' }),
          ),
          limit: Type.Integer({ minimum: 1, maximum: ROWS_MAX, default: 10 }),
        }),
        response: { 200: NewestSamplesAnswer },
      },
    },
    async ({ caller, params, query }) => {
      const { type, limit } = query
      const columns = columnsOf(query.columns?.split(','), type)
      // Who stores rows may have a clock that is ahead of ours.
      const later = new Date(caller.scope.clock.now().getTime() + HOUR_MS)
      const end = query.end ? parseInstant(query.end) : later
      const start = query.start
        ? parseInstant(query.start)
        : new Date(end.getTime() - NEWEST_DAYS * 24 * HOUR_MS)
      const window = checkHourWindow({ start, end })
      const { licenseKey } = await getLicense(caller.scope, params.id)
      const wanted = { licenseKeys: [licenseKey], window, type, columns, limit }
      const rows = await samples.readNewestRows(wanted)
      return { columns: columns.map(writeColumn), rows: rows.map(writeRow) }
    },
  )
}

/** Throws INVALID_REQUEST. */
function columnsOf(names: string[] | undefined, type: 'SESSIONS' | 'ADS'): SampleColumn[] {
  const resolved = resolveColumns(names, type)
  if ('columns' in resolved) return resolved.columns
  const text = `names unknown columns of ${type}: ${resolved.unknown.slice(0, 20).join(', ')}`
  throw invalidRequest([{ field: 'columns', text }])
}

function writeRow(row: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    value instanceof Date ? formatInstant(value) : value,
  ])
  return Object.fromEntries(entries)
}
