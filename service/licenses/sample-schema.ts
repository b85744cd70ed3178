import { type Static, Type } from 'typebox'
import { Instant } from '#http'
import { columnForms, type SampleColumn } from '#samples'

export const SampleType = Type.Enum(['SESSIONS', 'ADS'], { default: 'SESSIONS' })

const Column = Type.Object(
  {
    name: Type.String(),
    csv: Type.String({ description: 'How CSV has it.', examples: ['ISO 8601'] }),
    parquet: Type.String({ description: 'How Parquet has it.', examples: ['timestamp, ms, UTC'] }),
    unit: Type.Optional(Type.String()),
    isAlwaysPresent: Type.Boolean({ description: 'It is never null.' }),
    description: Type.String(),
  },
  { title: 'AnalyticsColumn' },
)

export const ColumnsAnswer = Type.Object(
  { columns: Type.Array(Column, { description: 'In the order of a file that names none.' }) },
  { title: 'AnalyticsColumns' },
)

export const SampleHoursAnswer = Type.Object(
  {
    hours: Type.Array(
      Type.Object({
        startTime: Instant,
        samples: Type.Integer({ description: 'Rows of a file of SESSIONS.' }),
        adSamples: Type.Integer({ description: 'Rows of a file of ADS.' }),
        isClosed: Type.Boolean({
          description: 'An hour that is open may get more; exports wait until it is closed.',
        }),
      }),
    ),
  },
  { title: 'AnalyticsSampleHours' },
)

export const NewestSamplesAnswer = Type.Object(
  {
    columns: Type.Array(Column),
    rows: Type.Array(Type.Record(Type.String(), Type.Unknown()), {
      description: 'The newest first, by column; instants as CSV has them.',
    }),
  },
  { title: 'AnalyticsNewestSamples' },
)

export function writeColumn(column: SampleColumn): Static<typeof Column> {
  const { name, type, unit, isNullable, description } = column
  const { csv, parquet } = columnForms[type]
  return {
    name,
    csv,
    parquet,
    ...(unit !== undefined && { unit }),
    isAlwaysPresent: !isNullable,
    description,
  }
}
