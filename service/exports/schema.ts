import { type Static, Type } from 'typebox'
import { formatInstant, Instant, PageQuery } from '#http'
import { contentAnswer, contentBody, writeContent } from './content.ts'
import type { Estimate } from './estimate.ts'
import type { ExportTask } from './exports.ts'
import type { TaskFile } from './files.ts'
import { type LogEntry, logEvents } from './log.ts'

const NAME_LENGTH_MAX = 255
const DESCRIPTION_LENGTH_MAX = 2000

const Status = Type.Enum(['QUEUED', 'STARTED', 'FINISHED', 'ERROR'])
const State = Type.Enum(['QUEUED', 'STARTED', 'CANCELLING', 'CANCELLED', 'FINISHED', 'ERROR'], {
  description:
    'As `status`, with two more: CANCELLING, which is STARTED to clients that do not know it, and ' +
    'CANCELLED, which is ERROR with the code CANCELLED.',
})
export const ExportTasksQuery = Type.Object({
  ...PageQuery.properties,
  state: Type.Optional(State),
  outputId: Type.Optional(Type.String()),
  licenseKey: Type.Optional(
    Type.String({
      description: 'As the task was created with: a license key, or a virtual license.',
    }),
  ),
  createdFrom: Type.Optional(Instant),
  createdTo: Type.Optional(Type.String({ ...Instant, description: 'Exclusive.' })),
})

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
    licenseKeys: Type.Array(Type.String(), {
      description:
        'Whose samples the files hold; of a virtual license, the licenses it had when the task was created.',
    }),
    output: Type.Object({
      outputId: Type.String(),
      outputPath: Type.String(),
      overwrite: Type.Boolean(),
    }),
    progress: Type.Integer({ minimum: 0, maximum: 100 }),
    status: Status,
    state: State,
    waitsFor: Type.Optional(
      Type.String({
        description: 'What a task that is QUEUED waits for; absent once its hours are over.',
      }),
    ),
    attempts: Type.Integer({ description: 'How often a worker has begun to deliver it.' }),
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
    attempts: Type.Integer({
      description: 'How often work on it came to an end: its delivery, and every failure before.',
    }),
    lastError: Type.Optional(
      Type.Object(
        { code: Type.String(), message: Type.String() },
        {
          description: 'Of the last attempt that failed; it stays when a later one has delivered.',
        },
      ),
    ),
  },
  { title: 'AnalyticsExportFile' },
)

export const ExportLogAnswer = Type.Object(
  {
    at: Instant,
    event: Type.Enum([...logEvents]),
    message: Type.String(),
  },
  { title: 'AnalyticsExportLogEntry' },
)

export const EstimateAnswer = Type.Object(
  {
    rows: Type.Integer(),
    files: Type.Integer({ description: 'One an hour, and the manifest.' }),
    formats: Type.Array(
      Type.Object({
        fileFormat: contentAnswer.fileFormat,
        compression: contentAnswer.compression,
        bytes: Type.Integer({ description: 'About, of all hours together.' }),
        measuredBy: Type.Enum(['DELIVERED_FILES', 'NEWEST_ROWS', 'NOTHING'], {
          description:
            'What was measured: files of the same license, columns and format that were delivered to the ' +
            'output; up to 2,000 of the window’s newest rows; or nothing, since there is no row.',
        }),
      }),
      { description: 'As asked for, then the other format with its own compression.' },
    ),
    hours: Type.Array(
      Type.Object({
        startTime: Instant,
        endTime: Instant,
        objectKey: Type.String(),
        rows: Type.Integer({ description: 'Of a part of an hour, its share of the hour’s.' }),
        isClosed: Type.Boolean({ description: 'The export waits until every hour is.' }),
      }),
    ),
    manifestKey: Type.String({ examples: ['2026-01-31/manifest-<task id>.json'] }),
    problems: Type.Array(Type.Object({ code: Type.String(), message: Type.String() }), {
      description: 'What the creation of the task, or its end, would say.',
    }),
  },
  { title: 'AnalyticsExportEstimate' },
)

export function writeEstimate({ hours, ...estimate }: Estimate): Static<typeof EstimateAnswer> {
  return {
    ...estimate,
    files: hours.length + 1,
    hours: hours.map(({ start, end, ...hour }) => ({
      startTime: formatInstant(start),
      endTime: formatInstant(end),
      ...hour,
    })),
  }
}

export function writeLogEntry({ at, event, message }: LogEntry) {
  return { at: formatInstant(at), event, message }
}

export function writeExportFile(file: TaskFile) {
  const { start_time, end_time, delivered_at } = file
  const isBegun = file.claimed_at !== null || file.upload_ids.length > 0
  const status = delivered_at ? 'DELIVERED' : isBegun ? 'CLAIMED' : 'PLANNED'
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
    attempts: file.attempts,
    ...(file.error_code !== null && {
      lastError: { code: file.error_code, message: file.error_message ?? '' },
    }),
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
    licenseKeys: task.licenseKeys,
    output: {
      outputId: task.outputId,
      outputPath: task.outputPath,
      overwrite: task.overwrite,
    },
    progress: task.progress,
    status: task.status,
    state: task.state,
    ...(task.waitsFor !== undefined && { waitsFor: task.waitsFor }),
    attempts: task.attempts,
    createdAt: formatInstant(task.createdAt),
    ...(startedAt && { startedAt: formatInstant(startedAt) }),
    ...(finishedAt && { finishedAt: formatInstant(finishedAt) }),
    ...(task.status === 'ERROR' && { error: task.error }),
  }
}
