import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { invalidRequest } from '#errors'
import {
  type App,
  type Caller,
  mistakesOf,
  PageQuery,
  pageOf,
  pageSchema,
  parseInstant,
  type Routes,
} from '#http'
import { readContent } from './content.ts'
import { type EstimateSamples, estimateExport } from './estimate.ts'
import {
  cancelExportTask,
  createExportTask,
  getExportTask,
  listExportFiles,
  listExportLog,
  listExportTasks,
  type NewExportTask,
  retryExportTask,
} from './exports.ts'
import { LOG_ENTRIES_MAX } from './log.ts'
import { findMistakes } from './mistakes.ts'
import {
  EstimateAnswer,
  ExportFileAnswer,
  ExportLogAnswer,
  ExportTaskAnswer,
  ExportTaskBody,
  ExportTasksQuery,
  writeEstimate,
  writeExportFile,
  writeExportTask,
  writeLogEntry,
} from './schema.ts'

const tags = ['Exports']
const ById = Type.Object({ id: Type.String() })

/** /analytics/exports. */
export function exportRoutes({ samples }: { samples: EstimateSamples }): Routes {
  return (app) => {
    app.post(
      '/analytics/exports',
      {
        attachValidation: true, // so that the schema's mistakes and ours go out together
        schema: {
          operationId: 'createExportTask',
          summary: 'Export a window of samples to an output, one file per hour',
          tags,
          body: ExportTaskBody,
          response: { 201: ExportTaskAnswer },
        },
      },
      async (request) => {
        const input = readTask(request)
        return writeExportTask(await createExportTask(request.caller.scope, input))
      },
    )
    app.get(
      '/analytics/exports',
      {
        schema: {
          operationId: 'listExportTasks',
          summary: 'List export tasks, the newest first',
          tags,
          querystring: ExportTasksQuery,
          response: { 200: pageSchema(ExportTaskAnswer) },
        },
      },
      async (request) => {
        const { createdFrom, createdTo, ...query } = request.query
        const found = await listExportTasks(request.caller.scope, {
          ...query,
          createdFrom: createdFrom === undefined ? undefined : parseInstant(createdFrom),
          createdTo: createdTo === undefined ? undefined : parseInstant(createdTo),
        })
        return pageOf(request, found, writeExportTask)
      },
    )
    app.get(
      '/analytics/exports/:id',
      {
        schema: {
          operationId: 'getExportTask',
          summary: 'Get an export task with its progress, and the reason of an ERROR',
          tags,
          params: ById,
          response: { 200: ExportTaskAnswer },
        },
      },
      async (request) =>
        writeExportTask(await getExportTask(request.caller.scope, request.params.id)),
    )
    app.get(
      '/analytics/exports/:id/files',
      {
        schema: {
          operationId: 'listExportFiles',
          summary: 'List the files of an export task in order, the manifest last',
          tags,
          params: ById,
          querystring: PageQuery,
          response: { 200: pageSchema(ExportFileAnswer) },
        },
      },
      async (request) => {
        const { caller, params, query } = request
        const found = await listExportFiles(caller.scope, params.id, query)
        return pageOf(request, found, writeExportFile)
      },
    )
    addEstimate(app, samples)
    addMoves(app)
    addLog(app)
  }
}

/** Throws INVALID_REQUEST with all mistakes, those of the schema among them. */
function readTask(request: TaskRequest): NewExportTask {
  const { body, caller } = request
  const mistakes = [
    ...mistakesOf(request.validationError?.validation ?? []),
    ...findMistakes(body, caller.scope.clock.now()),
  ]
  if (mistakes.length > 0) throw invalidRequest(mistakes)
  const { output } = body
  return {
    name: body.name,
    description: body.description,
    window: { start: parseInstant(body.startTime), end: parseInstant(body.endTime) },
    outputId: output.outputId,
    outputPath: output.outputPath,
    overwrite: output.overwrite ?? false,
    ...readContent(body),
    fileNumber: 1,
  }
}

interface TaskRequest {
  body: Static<typeof ExportTaskBody>
  caller: Caller
  validationError?: FastifyRequest['validationError']
}

function addEstimate(app: App, samples: EstimateSamples): void {
  app.post(
    '/analytics/exports/estimate',
    {
      attachValidation: true, // as of the creation of the task
      schema: {
        operationId: 'estimateExportTask',
        summary: 'Say what an export would hold and meet, without starting it',
        description:
          'The body of the task. Rows of closed hours are exact; bytes are measured on delivered files with ' +
          'the same columns, else on the newest rows. Nothing is stored, and the role is not asked.',
        tags,
        body: ExportTaskBody,
        response: { 200: EstimateAnswer },
      },
    },
    async (request) =>
      writeEstimate(await estimateExport(request.caller.scope, samples, readTask(request))),
  )
}

function addMoves(app: App): void {
  app.post(
    '/analytics/exports/:id/cancel',
    {
      schema: {
        operationId: 'cancelExportTask',
        summary: 'Cancel an export task that has not ended',
        description:
          'It stops within seconds and leaves no manifest; its uploads are aborted, files that are ' +
          'delivered stay and are listed. 409 once it has ended, or its manifest is on its way.',
        tags,
        params: ById,
        response: { 200: ExportTaskAnswer },
      },
    },
    async ({ caller, params }) => writeExportTask(await cancelExportTask(caller.scope, params.id)),
  )
  app.post(
    '/analytics/exports/:id/retry',
    {
      schema: {
        operationId: 'retryExportTask',
        summary: 'Retry an export task in ERROR, or a cancelled one: it delivers what is missing',
        description:
          'The same task with the same keys. 409 in another state, or if another task has taken its ' +
          'keys meanwhile.',
        tags,
        params: ById,
        response: { 200: ExportTaskAnswer },
      },
    },
    async ({ caller, params }) => writeExportTask(await retryExportTask(caller.scope, params.id)),
  )
}

function addLog(app: App): void {
  app.get(
    '/analytics/exports/:id/log',
    {
      schema: {
        operationId: 'listExportLog',
        summary: 'List what happened to an export task, in that order',
        description: `The newest ${LOG_ENTRIES_MAX} entries are kept.`,
        tags,
        params: ById,
        querystring: PageQuery,
        response: { 200: pageSchema(ExportLogAnswer) },
      },
    },
    async (request) => {
      const { caller, params, query } = request
      const found = await listExportLog(caller.scope, params.id, query)
      return pageOf(request, found, writeLogEntry)
    },
  )
}
