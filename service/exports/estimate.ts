import { sql } from 'kysely'
import type { OrganizationScope } from '#database'
import { CallerError } from '#errors'
import type { S3RoleBasedOutput } from '#outputs'
import { type Compression, type HourCount, resolveColumns, type Samples } from '#samples'
import { type NewExportTask, planExport, refuseTakenKeys } from './exports.ts'
import { compressions, type FileFormat, type PlannedFile } from './plan.ts'

export type EstimateSamples = Pick<Samples, 'countHours' | 'measureNewestRows'>

export interface Estimate {
  hours: EstimatedHour[]
  /** Its name ends in the id that the task will have. */
  manifestKey: string
  rows: number
  /** As asked for first, then the other format as it is when nobody asks. */
  formats: EstimatedFormat[]
  problems: { code: string; message: string }[]
}

interface EstimatedHour {
  start: Date
  end: Date
  objectKey: string
  /** Of a part of an hour, its share of the hour's. */
  rows: number
  isClosed: boolean
}

interface EstimatedFormat {
  fileFormat: FileFormat
  compression: Compression
  bytes: number
  /** From files with the same columns that were delivered, or from the newest rows written for this once. */
  measuredBy: 'DELIVERED_FILES' | 'NEWEST_ROWS' | 'NOTHING'
}

const HOUR_MS = 3_600_000
const MEASURED_FILES_MAX = 200
const MEASURED_ROWS_MAX = 2_000

/**
 * What an export would hold and meet. Nothing is stored, the role is not asked. Throws as the creation of the
 * task would for a body, an output or a license that cannot be.
 */
export async function estimateExport(
  scope: OrganizationScope,
  samples: EstimateSamples,
  input: NewExportTask,
): Promise<Estimate> {
  const plan = await planExport(scope, input)
  const { task, files } = plan
  const counts = await samples.countHours(task.licenseKeys, task.window, task.type)
  const hours = files.flatMap((file, index) => estimateHour(file, counts[index]))
  const rows = hours.reduce((sum, hour) => sum + hour.rows, 0)
  const other = task.fileFormat === 'CSV' ? 'PARQUET' : 'CSV'
  const { fileFormat, compression } = task
  return {
    hours,
    manifestKey: (files.at(-1)?.objectKey ?? '').replace(task.id, '<task id>'),
    rows,
    formats: [
      await estimateBytes(scope, samples, { task, rows, form: { fileFormat, compression } }),
      await estimateBytes(scope, samples, {
        ...{ task, rows },
        form: { fileFormat: other, compression: compressions[other][0] },
      }),
    ],
    problems: [...expiredOf(counts), ...(await takenOf(scope, plan))],
  }
}

function estimateHour(
  { objectKey, window }: PlannedFile,
  count: HourCount | undefined,
): EstimatedHour[] {
  if (window === undefined || count === undefined) return []
  const share = (window.end.getTime() - window.start.getTime()) / HOUR_MS
  const rows = Math.round(count.rows * share)
  return [{ ...window, objectKey, rows, isClosed: count.isClosed }]
}

type Plan = Awaited<ReturnType<typeof planExport>>

async function estimateBytes(
  scope: OrganizationScope,
  samples: EstimateSamples,
  asked: {
    task: Plan['task']
    rows: number
    form: { fileFormat: FileFormat; compression: Compression }
  },
): Promise<EstimatedFormat> {
  const { task, rows, form } = asked
  const delivered = await readDelivered(scope, { ...task, ...form })
  const resolved = resolveColumns(task.columns, task.type)
  const columns = 'columns' in resolved ? resolved.columns : []
  const { licenseKeys, window, type } = task
  const wanted = { licenseKeys, window, type, columns, limit: MEASURED_ROWS_MAX }
  const measured =
    delivered.rows > 0 ? delivered : await samples.measureNewestRows({ ...wanted, ...form })
  if (measured.rows === 0) return { ...form, bytes: 0, measuredBy: 'NOTHING' }
  return {
    ...form,
    bytes: Math.round((rows * measured.bytes) / measured.rows),
    measuredBy: measured === delivered ? 'DELIVERED_FILES' : 'NEWEST_ROWS',
  }
}

/** Of the newest files with the same licenses, columns and format. */
async function readDelivered(
  scope: OrganizationScope,
  task: Plan['task'],
): Promise<{ rows: number; bytes: number }> {
  const files = await scope
    .selectFrom('export_tasks')
    .innerJoin('export_files', (join) =>
      join
        .onRef('export_files.task_id', '=', 'export_tasks.id')
        .onRef('export_files.organization_id', '=', 'export_tasks.organization_id'),
    )
    .select(['row_count', 'bytes'])
    .where('output_id', '=', task.outputId)
    .where('license_keys', '=', sql<string[]>`${JSON.stringify(task.licenseKeys)}::jsonb`)
    .where('columns', '=', sql<string[]>`${JSON.stringify(task.columns)}::jsonb`)
    .where('type', '=', task.type)
    .where('file_format', '=', task.fileFormat)
    .where('compression', '=', task.compression)
    .where('export_files.start_time', 'is not', null)
    .where('delivered_at', 'is not', null)
    .where('row_count', '>', 0)
    .orderBy('export_tasks.start_time', 'desc')
    .limit(MEASURED_FILES_MAX)
    .execute()
  return {
    rows: files.reduce((sum, { row_count }) => sum + Number(row_count), 0),
    bytes: files.reduce((sum, { bytes }) => sum + Number(bytes), 0),
  }
}

function expiredOf(counts: HourCount[]): Estimate['problems'] {
  const last = counts.findLast(({ isExpired }) => isExpired)
  if (last === undefined) return []
  const kept = new Date(last.hour.getTime() + HOUR_MS).toISOString()
  const message =
    `Samples before ${kept} are older than the license keeps them: the export would end in ERROR. Begin at ` +
    `${kept} or later.`
  return [{ code: 'SAMPLES_EXPIRED', message }]
}

async function takenOf(
  scope: OrganizationScope,
  { task, output, files, definition }: Plan & { output: S3RoleBasedOutput },
): Promise<Estimate['problems']> {
  if (task.overwrite) return []
  const keys = files.map(({ objectKey }) => objectKey)
  try {
    await refuseTakenKeys(scope, { bucketName: output.bucketName, keys, definition })
    return []
  } catch (error) {
    if (!(error instanceof CallerError)) throw error
    return [{ code: error.code, message: error.message }]
  }
}
