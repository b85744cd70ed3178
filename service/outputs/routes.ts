import { Type } from 'typebox'
import type { Config } from '#config'
import type { Database } from '#database'
import { CallerError, invalidRequest } from '#errors'
import {
  type App,
  type Caller,
  formatInstant,
  mistakesOf,
  PageQuery,
  pageOf,
  pageSchema,
  parseInstant,
  type Routes,
} from '#http'
import { listAccesses } from './accesses.ts'
import { addEnforcement } from './enforcement-routes.ts'
import { isHandedOut } from './external-ids/handed-out.ts'
import type { RotationProof } from './external-ids/rotation-proof.ts'
import { addRotation } from './external-ids/rotation-routes.ts'
import { addExternalIds } from './external-ids/routes.ts'
import { getOutput } from './find-output.ts'
import { findMistakes, type OutputRules } from './mistakes.ts'
import type { S3RoleBasedOutput } from './output.ts'
import { createOutput, deleteOutput, getCustomData, listOutputs } from './outputs.ts'
import {
  AccessAnswer,
  AccessQuery,
  CustomDataAnswer,
  OutputAnswer,
  OutputBody,
  readOutput,
  writeAccess,
  writeOutput,
} from './schema.ts'
import { addSetup } from './setup-routes.ts'

const tags = ['Outputs']
const PATH = '/analytics/outputs/s3-role-based'
const ById = Type.Object({ id: Type.String() })
const ListQuery = Type.Object({
  ...PageQuery.properties,
  name: Type.Optional(Type.String({ description: 'Only outputs of exactly this name.' })),
})

/** /analytics/outputs/s3-role-based, the external ids for it, and the wrong door beside it. */
export function outputRoutes(parts: {
  config: Config
  database: Database
  rotationProof: RotationProof
}): Routes {
  const { config } = parts
  return (app) => {
    addExternalIds(app, config)
    addCreation(app, config)
    addReading(app, config)
    addSetup(app, config)
    addAccesses(app)
    addDeletion(app, config)
    addRotation(app, parts)
    addEnforcement(app, parts)
    addWrongDoor(app)
  }
}

function addCreation(app: App, config: Config): void {
  app.post(
    PATH,
    {
      attachValidation: true, // so that the schema's mistakes and ours go out together
      schema: {
        operationId: 'createS3RoleBasedOutput',
        summary: 'Create an output; its externalId goes into the role’s trust policy',
        description:
          'A CUSTOM externalId that is or was in use is refused with 409, whoever has it; nothing else ' +
          'that another organization has changes an answer.',
        tags,
        body: OutputBody,
        response: { 201: OutputAnswer },
      },
    },
    async (request) => {
      const mistakes = [
        ...mistakesOf(request.validationError?.validation ?? []),
        ...findMistakes(request.body, rulesOf(config), await readKnown(request)),
      ]
      if (mistakes.length > 0) throw invalidRequest(mistakes)
      const output = await createOutput(request.caller.scope, readOutput(request.body))
      return writeOutput(output, config.aws.principalArn)
    },
  )
}

/** The body is not checked yet, so its mistakes can be told together with what is known of its id. */
async function readKnown(request: { body: unknown; caller: Caller }) {
  const { externalId } = Object(request.body)
  const isText = typeof externalId === 'string'
  return { isHandedOut: isText && (await isHandedOut(request.caller.scope, externalId)) }
}

function rulesOf({ aws, allowCustomExternalId }: Config): OutputRules {
  return { ...aws, allowCustomExternalId }
}

function addReading(app: App, config: Config): void {
  const write = (output: S3RoleBasedOutput) => writeOutput(output, config.aws.principalArn)
  app.get(
    PATH,
    {
      schema: {
        operationId: 'listS3RoleBasedOutputs',
        summary: 'List outputs',
        tags,
        querystring: ListQuery,
        response: { 200: pageSchema(OutputAnswer) },
      },
    },
    async (request) =>
      pageOf(request, await listOutputs(request.caller.scope, request.query), write),
  )
  app.get(
    `${PATH}/:id`,
    {
      schema: {
        operationId: 'getS3RoleBasedOutput',
        summary: 'Get an output',
        tags,
        params: ById,
        response: { 200: OutputAnswer },
      },
    },
    async (request) => write(await getOutput(request.caller.scope, request.params.id)),
  )
  app.get(
    `${PATH}/:id/customData`,
    {
      schema: {
        operationId: 'getS3RoleBasedOutputCustomData',
        summary: 'Get the custom data of an output',
        tags,
        params: ById,
        response: { 200: CustomDataAnswer },
      },
    },
    async (request) => {
      const { customData, createdAt } = await getCustomData(request.caller.scope, request.params.id)
      return { customData, createdAt: formatInstant(createdAt) }
    },
  )
}

function addAccesses(app: App): void {
  app.get(
    `${PATH}/:id/accesses`,
    {
      schema: {
        operationId: 'listS3RoleBasedOutputAccesses',
        summary: 'List every use of the output’s role, the newest first',
        tags,
        params: ById,
        querystring: AccessQuery,
        response: { 200: pageSchema(AccessAnswer) },
      },
    },
    async (request) => {
      const { caller, params, query } = request
      const { offset, limit, from, to } = query
      const found = await listAccesses(caller.scope, params.id, {
        offset,
        limit,
        from: from === undefined ? undefined : parseInstant(from),
        to: to === undefined ? undefined : parseInstant(to),
      })
      return pageOf(request, found, writeAccess)
    },
  )
}

function addDeletion(app: App, config: Config): void {
  app.delete(
    `${PATH}/:id`,
    {
      schema: {
        operationId: 'deleteS3RoleBasedOutput',
        summary: 'Delete an output; its bucket, its role and the files in it stay as they are',
        description:
          'The external id is never used again, unless it is the organization’s GLOBAL one. Export ' +
          'tasks that are not done end in ERROR with OUTPUT_DELETED.',
        tags,
        params: ById,
        response: { 200: OutputAnswer },
      },
    },
    async (request) =>
      writeOutput(
        await deleteOutput(request.caller.scope, request.params.id),
        config.aws.principalArn,
      ),
  )
}

/** Encoding outputs are another product's, and a known mistake of those who follow its examples. */
function addWrongDoor(app: App): void {
  for (const path of ['/encoding/outputs', '/encoding/outputs/*'])
    app.all(path, { schema: { hide: true } }, async (request) => {
      throw new CallerError(
        'NOT_FOUND',
        `${request.url.split('?')[0]} is not here: encoding outputs are other things than analytics ` +
          `outputs, and an export takes only the latter. Use /v1${PATH}.`,
      )
    })
}
