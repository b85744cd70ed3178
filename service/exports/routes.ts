import { Type } from 'typebox'
import { invalidRequest } from '#errors'
import { mistakesOf, PageQuery, pageOf, pageSchema, parseInstant, type Routes } from '#http'
import { readContent } from './content.ts'
import { createExportTask, getExportTask, listExportFiles, listExportTasks } from './exports.ts'
import { findMistakes } from './mistakes.ts'
import {
  ExportFileAnswer,
  ExportTaskAnswer,
  ExportTaskBody,
  writeExportFile,
  writeExportTask,
} from './schema.ts'

const tags = ['Exports']
const ById = Type.Object({ id: Type.String() })

/** /analytics/exports. */
export function exportRoutes(): Routes {
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
        const { body, caller } = request
        const mistakes = [
          ...mistakesOf(request.validationError?.validation ?? []),
          ...findMistakes(body, caller.scope.clock.now()),
        ]
        if (mistakes.length > 0) throw invalidRequest(mistakes)
        const { output } = body
        const input = {
          name: body.name,
          description: body.description,
          window: { start: parseInstant(body.startTime), end: parseInstant(body.endTime) },
          outputId: output.outputId,
          outputPath: output.outputPath,
          overwrite: output.overwrite ?? false,
          ...readContent(body),
          fileNumber: 1,
        }
        return writeExportTask(await createExportTask(caller.scope, input))
      },
    )
    app.get(
      '/analytics/exports',
      {
        schema: {
          operationId: 'listExportTasks',
          summary: 'List export tasks, the newest first',
          tags,
          querystring: PageQuery,
          response: { 200: pageSchema(ExportTaskAnswer) },
        },
      },
      async (request) => {
        const { items, totalCount } = await listExportTasks(request.caller.scope, request.query)
        return pageOf(request, { items: items.map(writeExportTask), totalCount })
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
        const { items, totalCount } = await listExportFiles(caller.scope, params.id, query)
        return pageOf(request, { items: items.map(writeExportFile), totalCount })
      },
    )
  }
}
