import { Type } from 'typebox'
import { formatInstant, Instant } from '#http'
import { contentAnswer, contentBody, writeContent } from './content.ts'
import type { ExportTask } from './exports.ts'
import type { TaskFile } from './files.ts'

const NAME_LENGTH_MAX = 255
const DESCRIPTION_LENGTH_MAX = 2000

const Status = Type.Enum(['QUEUED', 'STARTED', 'FINISHED', 'ERROR'])
const Name = Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX })
const Description = Type.String({ maxLength: DESCRIPTION_LENGTH_MAX })

export const ExportTaskBody = Type.Object(
  {
    name: Name,
    description: Type.Optional(Description),
    startTime: Instant,
    endTime: Type.String({ ...Instant, description: 'Exclusive.' }),
    ...contentBody,
    output: Type.Object({
      outputId: Type.String({ minLength: 1 }),
      outputPath: Type.String({ description: 'The folder below the output’s pathPrefix.' }),
      overwrite: Type.Optional(
        Type.Boolean({ description: 'Replace objects that lie under the keys of this task.' }),
      ),
    }),
  },
  { title: 'NewAnalyticsExportTask' },
)

export const ExportTaskAnswer = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    description: Type.Optional(Type.String()),
    startTime: Instant,
    endTime: Instant,
    ...contentAnswer,
    output: Type.Object({
      outputId: Type.String(),
      outputPath: Type.String(),
      overwrite: Type.Boolean(),
    }),
    progress: Type.Integer({ minimum: 0, maximum: 100 }),
    status: Status,
    createdAt: Instant,
    startedAt: Type.Optional(Instant),
    finishedAt: Type.Optional(Instant),
    error: Type.Optional(
      Type.Object(
        { code: Type.String(), message: Type.String(), remedy: Type.String() },
        { description: 'Why the task ended in ERROR, and what to change.' },
      ),
    ),
  },
  { title: 'AnalyticsExportTask' },
)

export const ExportFileAnswer = Type.Object(
  {
    objectKey: Type.String(),
    status: Type.Enum(['PLANNED', 'CLAIMED', 'DELIVERED'], {
      description:
        'PLANNED: nothing was sent. CLAIMED: it may have been. DELIVERED: it is in the bucket.',
    }),
    startTime: Type.Optional({ ...Instant, description: 'Of the hour; absent for the manifest.' }),
    endTime: Type.Optional(Instant),
    rows: Type.Optional(Type.Integer()),
    bytes: Type.Optional(Type.Integer()),
    sha256: Type.Optional(Type.String({ description: 'Hexadecimal.' })),
    md5: Type.Optional(Type.String({ description: 'Hexadecimal.' })),
    deliveredAt: Type.Optional(Instant),
  },
  { title: 'AnalyticsExportFile' },
)

export function writeExportFile(file: TaskFile) {
  const { start_time, end_time, delivered_at } = file
  const status = delivered_at ? 'DELIVERED' : file.claimed_at ? 'CLAIMED' : 'PLANNED'
  return {
    objectKey: file.object_key,
    status,
    ...(start_time && { startTime: formatInstant(start_time) }),
    ...(end_time && { endTime: formatInstant(end_time) }),
    ...(start_time && file.row_count !== null && { rows: file.row_count }),
    ...(file.bytes !== null && { bytes: file.bytes }),
    ...(file.sha256 !== null && { sha256: file.sha256 }),
    ...(file.md5 !== null && { md5: file.md5 }),
    ...(delivered_at && { deliveredAt: formatInstant(delivered_at) }),
  } as const
}

export function writeExportTask(task: ExportTask) {
  const { startedAt, finishedAt } = task
  return {
    id: task.id,
    name: task.name,
    ...(task.description !== undefined && { description: task.description }),
    startTime: formatInstant(task.window.start),
    endTime: formatInstant(task.window.end),
    ...writeContent(task),
    output: {
      outputId: task.outputId,
      outputPath: task.outputPath,
      overwrite: task.overwrite,
    },
    progress: task.progress,
    status: task.status,
    createdAt: formatInstant(task.createdAt),
    ...(startedAt && { startedAt: formatInstant(startedAt) }),
    ...(finishedAt && { finishedAt: formatInstant(finishedAt) }),
    ...(task.status === 'ERROR' && { error: task.error }),
  }
}
