import { Type } from 'typebox'
import type { Config } from '#config'
import { type App, PageQuery, pageOf, pageSchema } from '#http'
import {
  deleteHandedOut,
  getHandedOut,
  type HandedOutExternalId,
  handOutExternalId,
  listHandedOut,
  WAITING_COUNT_MAX,
} from './handed-out.ts'
import { ExternalIdAnswer, ExternalIdBody, readExternalId, writeExternalId } from './schema.ts'

const tags = ['Outputs']
const PATH = '/analytics/external-ids'
const ByExternalId = Type.Object({ externalId: Type.String() })

/** /analytics/external-ids: for whoever makes the role before the output. */
export function addExternalIds(app: App, config: Config): void {
  const write = (handedOut: HandedOutExternalId) =>
    writeExternalId(handedOut, config.aws.principalArn)
  app.post(
    PATH,
    {
      config: { bodyOptional: true },
      schema: {
        operationId: 'createExternalId',
        summary:
          'Hand out an external id before there is an output, so that the role can be made first',
        description:
          'An output that is created with this `externalId` takes it; each serves one output. At most ' +
          `${WAITING_COUNT_MAX} of an organization may wait for their output.`,
        tags,
        body: ExternalIdBody,
        response: { 201: ExternalIdAnswer },
      },
    },
    async ({ caller, body }) => write(await handOutExternalId(caller.scope, readExternalId(body))),
  )
  app.get(
    PATH,
    {
      schema: {
        operationId: 'listExternalIds',
        summary: 'List the external ids that were handed out and are not retired',
        tags,
        querystring: PageQuery,
        response: { 200: pageSchema(ExternalIdAnswer) },
      },
    },
    async (request) =>
      pageOf(request, await listHandedOut(request.caller.scope, request.query), write),
  )
  app.get(
    `${PATH}/:externalId`,
    {
      schema: {
        operationId: 'getExternalId',
        summary: 'Get an external id that was handed out, with the output that took it',
        tags,
        params: ByExternalId,
        response: { 200: ExternalIdAnswer },
      },
    },
    async ({ caller, params }) => write(await getHandedOut(caller.scope, params.externalId)),
  )
  app.delete(
    `${PATH}/:externalId`,
    {
      schema: {
        operationId: 'deleteExternalId',
        summary: 'Retire an external id that no output has taken; it never returns',
        tags,
        params: ByExternalId,
        response: { 200: ExternalIdAnswer },
      },
    },
    async ({ caller, params }) => write(await deleteHandedOut(caller.scope, params.externalId)),
  )
}
