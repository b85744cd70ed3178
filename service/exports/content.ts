import { type Static, Type } from 'typebox'
import { compressions, type ExportContent } from './plan.ts'

/** What files hold and how they are written: the members that tasks and schedules have in common. */
const TaskType = Type.Enum(['ADS', 'SESSIONS'])
const FileFormat = Type.Enum(['CSV', 'PARQUET'])
const Compression = Type.Enum(['NONE', 'GZIP', 'ZSTD', 'SNAPPY'], {
  description:
    'CSV: NONE, GZIP or ZSTD, NONE when absent. PARQUET: ZSTD or SNAPPY, ZSTD when absent.',
})
const Layout = Type.Enum(['FLAT', 'HIVE'], {
  description: 'HIVE: below dt=YYYY-MM-DD/hour=HH/, in UTC. FLAT, when absent: all in one folder.',
})
const COLUMNS_MAX = 500

export const contentBody = {
  licenseKey: Type.String({
    minLength: 1,
    description: 'The key of a license, or the id of a virtual license.',
  }),
  type: Type.Optional({ ...TaskType, description: 'SESSIONS when absent.' }),
  columns: Type.Optional(
    Type.Array(Type.String(), {
      minItems: 1,
      maxItems: COLUMNS_MAX,
      description: 'Which columns, in which order; all when absent.',
    }),
  ),
  fileFormat: Type.Optional(FileFormat),
  compression: Type.Optional(Compression),
  layout: Type.Optional(Layout),
}

export const contentAnswer = {
  licenseKey: Type.String(),
  type: TaskType,
  columns: Type.Array(Type.String()),
  fileFormat: FileFormat,
  compression: Compression,
  layout: Layout,
}

const ContentBody = Type.Object(contentBody)
const ContentAnswer = Type.Object(contentAnswer)

/** With what counts for a member that is absent. */
export function readContent(body: Static<typeof ContentBody>): ExportContent {
  const { licenseKey, type = 'SESSIONS', columns, fileFormat = 'CSV', layout = 'FLAT' } = body
  const { compression = compressions[fileFormat][0] } = body
  return { licenseKey, type, columns, fileFormat, compression, layout }
}

export function writeContent(
  content: ExportContent & { columns: string[] },
): Static<typeof ContentAnswer> {
  const { licenseKey, type, columns, fileFormat, compression, layout } = content
  return { licenseKey, type, columns, fileFormat, compression, layout }
}
