import { Type } from 'typebox'
import { formatInstant, Instant } from '#http'
import type { Row } from '#samples'

const LIMIT_DEFAULT = 100
const LIMIT_MAX = 200
const FILTERS_MAX = 50

const LicenseKey = Type.String({
  minLength: 1,
  description: 'The key of a license, or the id of a virtual license.',
})

export const ImpressionsQueryBody = Type.Object(
  {
    licenseKey: LicenseKey,
    start: Instant,
    end: Type.String({ ...Instant, description: 'Exclusive.' }),
    filters: Type.Optional(
      Type.Array(
        Type.Object({
          name: Type.String({
            description: 'A column, as docs/columns.md has it or in UPPER_CASE',
          }),
          operator: Type.Enum([
            ...(['IN', 'EQ', 'NE', 'LT', 'LTE', 'GT', 'GTE'] as const),
            ...(['CONTAINS', 'NOTCONTAINS'] as const),
          ]),
          value: Type.Optional(
            Type.Unknown({
              description: 'Absent or null: EQ finds what has no value, NE what has one.',
            }),
          ),
        }),
        {
          maxItems: FILTERS_MAX,
          description:
            'All hold for one and the same sample. What has no value differs from every value.',
        },
      ),
    ),
    limit: Type.Integer({ minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT }),
  },
  { title: 'AnalyticsImpressionsQuery' },
)

export const ImpressionsAnswer = Type.Object(
  { impressions: Type.Array(Type.Object({ impressionId: Type.String() })) },
  { title: 'AnalyticsImpressions' },
)

export const ImpressionBody = Type.Object(
  { licenseKey: LicenseKey },
  { title: 'AnalyticsLicenseKey' },
)

export const RowsAnswer = Type.Array(
  Type.Record(Type.String(), Type.Unknown(), {
    description: 'The columns of docs/columns.md; instants as milliseconds since 1970.',
  }),
)

export const ErrorDetailsAnswer = Type.Object(
  {
    errorDetails: Type.Array(
      Type.Object(
        {
          errorId: Type.Integer(),
          time: Instant,
          clientTime: Type.Optional(Instant),
          code: Type.Optional(Type.Integer()),
          message: Type.Optional(Type.String()),
          severity: Type.Optional(Type.String()),
          errorData: Type.Object({
            exceptionMessage: Type.Optional(Type.String()),
            additionalData: Type.Optional(Type.String()),
            exceptionStacktrace: Type.Array(Type.String()),
          }),
          httpRequests: Type.Array(Type.Record(Type.String(), Type.Unknown())),
        },
        { title: 'AnalyticsErrorDetail' },
      ),
    ),
  },
  { title: 'AnalyticsErrorDetails' },
)

/** As samples are answered: instants are numbers. */
export function writeRow(row: Row): Record<string, unknown> {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    value instanceof Date ? value.getTime() : value,
  ])
  return Object.fromEntries(entries)
}

export function writeErrorDetail(row: Row) {
  const { time, client_time, error_code, error_message, error_severity } = row
  const { exception_message, additional_data, exception_stacktrace } = row
  return {
    errorId: Number(row.error_id),
    time: formatInstant(time instanceof Date ? time : new Date(0)),
    ...(client_time instanceof Date && { clientTime: formatInstant(client_time) }),
    ...(typeof error_code === 'number' && { code: error_code }),
    ...(typeof error_message === 'string' && { message: error_message }),
    ...(typeof error_severity === 'string' && { severity: error_severity }),
    errorData: {
      ...(typeof exception_message === 'string' && { exceptionMessage: exception_message }),
      ...(typeof additional_data === 'string' && { additionalData: additional_data }),
      exceptionStacktrace: [exception_stacktrace ?? []].flat().map(String),
    },
    httpRequests: requestsOf(row.http_requests).map(withoutNulls),
  }
}

/** The column holds a JSON array of objects, or nothing. */
function requestsOf(json: Row[string] | undefined): Record<string, unknown>[] {
  return typeof json === 'string' ? JSON.parse(json) : []
}

/** SDKs read a member that is null as something else than one that is absent. */
function withoutNulls(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
}
