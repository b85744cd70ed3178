import { type TSchema, Type } from 'typebox'
import { invalidRequest, type Mistake } from '#errors'
import { mistakesOfContent } from '#exports'
import {
  type App,
  formatInstant,
  mistakesOf,
  PageQuery,
  pageOf,
  pageSchema,
  parseInstant,
  type Routes,
} from '#http'
import type { Samples } from '#samples'
import { addOutputHours } from './output-hours-routes.ts'
import {
  backfillExportSchedule,
  createExportSchedule,
  deleteExportSchedule,
  getExportSchedule,
  listExportSchedules,
  listScheduleHours,
  pauseExportSchedule,
  renameExportSchedule,
  resumeExportSchedule,
} from './schedules.ts'
import {
  BackfillAnswer,
  BackfillBody,
  HourAnswer,
  readSchedule,
  ScheduleAnswer,
  ScheduleBody,
  ScheduleChange,
  writeHour,
  writeSchedule,
} from './schema.ts'

const tags = ['Export schedules']
const PATH = '/analytics/export-schedules'
const ONE = `${PATH}/:id`
const ById = Type.Object({ id: Type.String() })

interface RouteParts {
  samples: Pick<Samples, 'watermark'>
}

/** /analytics/export-schedules, and the hours of an output. */
export function scheduleRoutes({ samples }: RouteParts): Routes {
  return (app) => {
    addCollection(app)
    addOne(app)
    addMoves(app)
    addBackfill(app, samples)
    addHours(app)
    addOutputHours(app)
  }
}

function addCollection(app: App): void {
  app.post(
    PATH,
    {
      attachValidation: true, // so that the schema's mistakes and ours go out together
      schema: {
        operationId: 'createExportSchedule',
        summary: 'Export every hour, or every day, as soon as it is closed',
        tags,
        body: ScheduleBody,
        response: { 201: ScheduleAnswer },
      },
    },
    async (request) => {
      const { body, caller } = request
      const mistakes = [
        ...mistakesOf(request.validationError?.validation ?? []),
        ...mistakesOfContent(body),
        ...mistakesOfStart(Object(body).startTime, caller.scope.clock.now()),
      ]
      if (mistakes.length > 0) throw invalidRequest(mistakes)
      return writeSchedule(await createExportSchedule(caller.scope, readSchedule(body)))
    },
  )
  app.get(
    PATH,
    {
      schema: {
        operationId: 'listExportSchedules',
        summary: 'List export schedules, the newest first',
        tags,
        querystring: PageQuery,
        response: { 200: pageSchema(ScheduleAnswer) },
      },
    },
    async (request) => {
      const found = await listExportSchedules(request.caller.scope, request.query)
      return pageOf(request, found, writeSchedule)
    },
  )
}

const DAY_MS = 86_400_000
const START_DAYS_MAX = 90

/** Earlier hours come by backfill, in steps. */
function mistakesOfStart(value: unknown, now: Date): Mistake[] {
  const startMs = typeof value === 'string' ? Date.parse(value) : Number.NaN
  const isNear = Math.abs(startMs - now.getTime()) <= START_DAYS_MAX * DAY_MS
  if (Number.isNaN(startMs) || isNear) return []
  const text = `must be within ${START_DAYS_MAX} days of now; backfill adds earlier hours`
  return [{ field: 'startTime', text }]
}

/** What the three of one path have in common. */
function describe<Response extends TSchema>(
  operationId: string,
  summary: string,
  response: Response,
) {
  return { operationId, summary, tags, params: ById, response: { 200: response } }
}

function addOne(app: App): void {
  app.get(
    ONE,
    {
      schema: describe(
        'getExportSchedule',
        'Get an export schedule, and up to which hour everything is in the bucket',
        ScheduleAnswer,
      ),
    },
    async ({ caller, params }) => writeSchedule(await getExportSchedule(caller.scope, params.id)),
  )
  app.patch(
    ONE,
    {
      schema: {
        ...describe('renameExportSchedule', 'Change name and description', ScheduleAnswer),
        body: ScheduleChange,
      },
    },
    async ({ caller, params, body }) =>
      writeSchedule(await renameExportSchedule(caller.scope, params.id, body)),
  )
  app.delete(
    ONE,
    {
      schema: describe(
        'deleteExportSchedule',
        'Delete an export schedule; its export tasks go on, and its files stay',
        ScheduleAnswer,
      ),
    },
    async ({ caller, params }) =>
      writeSchedule(await deleteExportSchedule(caller.scope, params.id)),
  )
}

function addMoves(app: App): void {
  app.post(
    `${ONE}/pause`,
    {
      config: { bodyOptional: true },
      schema: describe(
        'pauseExportSchedule',
        'Make no export tasks until it is resumed; no hour is lost',
        ScheduleAnswer,
      ),
    },
    async ({ caller, params }) => writeSchedule(await pauseExportSchedule(caller.scope, params.id)),
  )
  app.post(
    `${ONE}/resume`,
    {
      config: { bodyOptional: true },
      schema: describe(
        'resumeExportSchedule',
        'Go on where it was paused: first the hours since then, in order',
        ScheduleAnswer,
      ),
    },
    async ({ caller, params }) =>
      writeSchedule(await resumeExportSchedule(caller.scope, params.id)),
  )
}

function addBackfill(app: App, samples: RouteParts['samples']): void {
  app.post(
    `${ONE}/backfill`,
    {
      schema: {
        ...describe(
          'backfillExportSchedule',
          'Export hours before its start too, and those that have failed once more',
          BackfillAnswer,
        ),
        body: BackfillBody,
      },
    },
    async ({ caller, params, body }) => {
      const { start, end, hours } = await backfillExportSchedule(caller.scope, params.id, {
        startTime: parseInstant(body.startTime),
        endTime: body.endTime === undefined ? undefined : parseInstant(body.endTime),
        watermark: await samples.watermark(),
      })
      return { startTime: formatInstant(start), endTime: formatInstant(end), hours }
    },
  )
}

function addHours(app: App): void {
  app.get(
    `${ONE}/hours`,
    {
      schema: {
        ...describe(
          'listExportScheduleHours',
          'List every hour that is due, the newest first, with what became of it',
          pageSchema(HourAnswer),
        ),
        querystring: PageQuery,
      },
    },
    async (request) => {
      const { caller, params, query } = request
      const found = await listScheduleHours(caller.scope, params.id, query)
      return pageOf(request, found, writeHour)
    },
  )
}
