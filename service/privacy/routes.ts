import { Type } from 'typebox'
import { PageQuery, pageOf, pageSchema, type Routes } from '#http'
import type { Samples } from '#samples'
import { deletePerson, getDeletion, listDeletionFiles, listDeletions } from './privacy.ts'
import {
  DeletionAnswer,
  DeletionBody,
  HoldingFileAnswer,
  readDeletion,
  writeDeletion,
  writeHoldingFile,
} from './schema.ts'

const tags = ['Privacy']
const ById = Type.Object({ id: Type.String() })

/** /analytics/privacy/deletions. */
export function privacyRoutes({ samples }: { samples: Pick<Samples, 'deletions'> }): Routes {
  return (app) => {
    app.post(
      '/analytics/privacy/deletions',
      {
        schema: {
          operationId: 'createPrivacyDeletion',
          summary: 'Delete all that is kept of a person: samples, ad samples and error details',
          description:
            'Answers when it is done, which may take minutes; where it breaks off it goes on by itself. What ' +
            'was exported stays in the bucket: the record lists the files.',
          tags,
          body: DeletionBody,
          response: { 201: DeletionAnswer },
        },
      },
      async ({ body, caller }) =>
        writeDeletion(await deletePerson(samples, caller.scope, readDeletion(body))),
    )
    app.get(
      '/analytics/privacy/deletions',
      {
        schema: {
          operationId: 'listPrivacyDeletions',
          summary: 'List deletions, the newest first',
          tags,
          querystring: PageQuery,
          response: { 200: pageSchema(DeletionAnswer) },
        },
      },
      async (request) =>
        pageOf(request, await listDeletions(request.caller.scope, request.query), writeDeletion),
    )
    app.get(
      '/analytics/privacy/deletions/:id',
      {
        schema: {
          operationId: 'getPrivacyDeletion',
          summary: 'Get the record of a deletion',
          tags,
          params: ById,
          response: { 200: DeletionAnswer },
        },
      },
      async ({ params, caller }) => writeDeletion(await getDeletion(caller.scope, params.id)),
    )
    app.get(
      '/analytics/privacy/deletions/:id/files',
      {
        schema: {
          operationId: 'listPrivacyDeletionFiles',
          summary:
            'List the exported files that hold the person’s rows, for you to delete or replace',
          tags,
          params: ById,
          querystring: PageQuery,
          response: { 200: pageSchema(HoldingFileAnswer) },
        },
      },
      async (request) => {
        const { params, caller, query } = request
        const found = await listDeletionFiles(caller.scope, params.id, query)
        return pageOf(request, found, writeHoldingFile)
      },
    )
  }
}
