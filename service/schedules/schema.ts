import { type Static, Type } from 'typebox'
import { contentAnswer, contentBody, readContent, writeContent } from '#exports'
import { formatInstant, Instant, parseInstant } from '#http'
import type { ScheduleError, ScheduleHour } from './hours.ts'
import type { ExportSchedule, NewExportSchedule } from './schedules.ts'

/** The names of its tasks are the schedule's with the window, which must fit too. */
const NAME_LENGTH_MAX = 200
const DESCRIPTION_LENGTH_MAX = 2000

const Name = Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX })
const Description = Type.String({ maxLength: DESCRIPTION_LENGTH_MAX })
const Frequency = Type.Enum(['HOURLY', 'DAILY'], {
  description:
    'HOURLY: a task for each hour. DAILY: a task for each day of the license’s time zone.',
})

export const ScheduleBody = Type.Object(
  {
    name: Name,
    description: Type.Optional(Description),
    frequency: Frequency,
    ...contentBody,
    output: Type.Object({
      outputId: Type.String({ minLength: 1 }),
      outputPath: Type.String({ description: 'The folder below the output’s pathPrefix.' }),
      overwriteLatest: Type.Optional(
        Type.Boolean({
          description:
            'Keep latest.json, which says up to which hour everything is there, by overwriting it. ' +
            'The bucket must allow that; no object is ever read.',
        }),
      ),
    }),
    startTime: Type.Optional(
      Type.String({
        ...Instant,
        description: 'In the first hour or day to export; absent: the current one.',
      }),
    ),
  },
  { title: 'NewAnalyticsExportSchedule' },
)

export const ScheduleChange = Type.Object(
  { name: Type.Optional(Name), description: Type.Optional(Description) },
  { title: 'AnalyticsExportScheduleChange' },
)

export const BackfillBody = Type.Object(
  {
    startTime: Instant,
    endTime: Type.Optional(
      Type.String({ ...Instant, description: 'Exclusive; absent: all that is due.' }),
    ),
  },
  { title: 'NewAnalyticsExportScheduleBackfill' },
)

export const BackfillAnswer = Type.Object(
  {
    startTime: Instant,
    endTime: Instant,
    hours: Type.Integer({ description: 'That wait now, because they were missing or had failed.' }),
  },
  { title: 'AnalyticsExportScheduleBackfill' },
)

const ErrorAnswer = Type.Object({
  code: Type.String(),
  message: Type.String(),
  remedy: Type.String(),
})

export const ScheduleAnswer = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String(),
    description: Type.Optional(Type.String()),
    frequency: Frequency,
    ...contentAnswer,
    output: Type.Object({
      outputId: Type.String(),
      outputPath: Type.String(),
      overwriteLatest: Type.Boolean(),
    }),
    status: Type.Enum(['ACTIVE', 'PAUSED']),
    startTime: Instant,
    plannedUntil: Type.String({
      ...Instant,
      description: 'Every hour before it is due and in the list of hours.',
    }),
    completeUntil: Type.String({
      ...Instant,
      description: 'Every hour from startTime to it is in the bucket, or EXPIRED.',
    }),
    expiredHours: Type.Integer({
      description:
        'Of the hours before completeUntil: those whose samples expired before they were delivered.',
    }),
    lateSince: Type.Optional({
      ...Instant,
      description: 'An hour has been overdue since then; absent: none is.',
    }),
    nextWindows: Type.Array(Type.Object({ startTime: Instant, endTime: Instant }), {
      description:
        'What is exported next, each soon after its endTime; the first may be over. None while it is paused.',
    }),
    latest: Type.Optional(
      Type.Object({
        objectKey: Type.String(),
        completeUntil: Type.Optional({
          ...Instant,
          description: 'What it says; absent: not written yet.',
        }),
        error: Type.Optional(ErrorAnswer),
      }),
    ),
    createdAt: Instant,
    modifiedAt: Instant,
  },
  { title: 'AnalyticsExportSchedule' },
)

export const HourAnswer = Type.Object(
  {
    startTime: Instant,
    endTime: Instant,
    number: Type.Integer({
      description: 'Of two files of one hour the one with the higher number counts.',
    }),
    status: Type.Enum(['WAITING', 'QUEUED', 'STARTED', 'FINISHED', 'ERROR', 'EXPIRED'], {
      description:
        'Of its export task; WAITING: it has none yet, or will be retried; EXPIRED: its samples reached the ' +
        'end of their retention before they were delivered.',
    }),
    exportTaskId: Type.Optional(Type.String()),
    objectKey: Type.Optional(Type.String()),
    error: Type.Optional(ErrorAnswer),
  },
  { title: 'AnalyticsExportScheduleHour' },
)

export function readSchedule(body: Static<typeof ScheduleBody>): NewExportSchedule {
  const { name, description, frequency, output, startTime } = body
  return {
    ...readContent(body),
    name,
    description,
    frequency,
    outputId: output.outputId,
    outputPath: output.outputPath,
    overwriteLatest: output.overwriteLatest ?? false,
    startTime: startTime === undefined ? undefined : parseInstant(startTime),
  }
}

export function writeSchedule(schedule: ExportSchedule): Static<typeof ScheduleAnswer> {
  const { lateSince, latest } = schedule
  return {
    id: schedule.id,
    name: schedule.name,
    ...(schedule.description !== undefined && { description: schedule.description }),
    frequency: schedule.frequency,
    ...writeContent(schedule),
    output: {
      outputId: schedule.outputId,
      outputPath: schedule.outputPath,
      overwriteLatest: latest !== undefined,
    },
    status: schedule.status,
    startTime: formatInstant(schedule.startTime),
    plannedUntil: formatInstant(schedule.plannedUntil),
    completeUntil: formatInstant(schedule.completeUntil),
    expiredHours: schedule.expiredHours,
    ...(lateSince && { lateSince: formatInstant(lateSince) }),
    nextWindows: schedule.nextWindows.map(({ start, end }) => ({
      startTime: formatInstant(start),
      endTime: formatInstant(end),
    })),
    ...(latest && {
      latest: {
        objectKey: latest.objectKey,
        ...(latest.completeUntil && { completeUntil: formatInstant(latest.completeUntil) }),
        ...writeError(latest.error),
      },
    }),
    createdAt: formatInstant(schedule.createdAt),
    modifiedAt: formatInstant(schedule.modifiedAt),
  }
}

export function writeHour(hour: ScheduleHour): Static<typeof HourAnswer> {
  const { exportTaskId, objectKey } = hour
  return {
    startTime: formatInstant(hour.start),
    endTime: formatInstant(hour.end),
    number: hour.number,
    status: hour.status,
    ...(exportTaskId !== undefined && { exportTaskId }),
    ...(objectKey !== undefined && { objectKey }),
    ...writeError(hour.error),
  }
}

function writeError(error: ScheduleError | undefined): { error?: ScheduleError } {
  return error === undefined ? {} : { error }
}
