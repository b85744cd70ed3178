import { Type } from 'typebox'
import type { Config } from '#config'
import { CallerError } from '#errors'
import type { App } from '#http'
import {
  type SetupDocument,
  type SetupFormat,
  type SetupKit,
  writeQuickCreateUrl,
  writeSetupKit,
} from '#setup'
import { getOutput } from './find-output.ts'
import {
  PrincipalAnswer,
  SetupAnswer,
  SetupQuery,
  writePrincipal,
  writeSetup,
} from './setup-schema.ts'
import { findSetupValues } from './setup-values.ts'

/** What a customer puts into their AWS account, and whom they let in there. */
export function addSetup(app: App, config: Config): void {
  app.get(
    '/analytics/outputs/s3-role-based/:id/setup',
    {
      schema: {
        operationId: 'getS3RoleBasedOutputSetup',
        summary: 'Get what makes the output’s role: policies, scripts and steps',
        description:
          'From the output’s real values. Without a format everything at once; with one, that document ' +
          'alone and without the envelope.',
        tags: ['Outputs'],
        params: Type.Object({ id: Type.String() }),
        querystring: SetupQuery,
        response: { 200: SetupAnswer },
      },
    },
    async (request, reply) => {
      const { caller, params, query } = request
      const output = await getOutput(caller.scope, params.id)
      const values = await findSetupValues(caller.scope, output, config.aws.principalArn)
      const kit = writeSetupKit(values, query.principal)
      if (query.format === undefined) {
        const templateUrl = config.cloudFormationTemplateUrl?.open()
        const quickCreateUrl =
          templateUrl && writeQuickCreateUrl(values, query.principal, templateUrl)
        return { ...writeSetup(kit), ...(quickCreateUrl && { quickCreateUrl }) }
      }
      const { contentType, fileName, text } = documentOf(kit, query.format)
      reply.type(`${contentType}; charset=utf-8`)
      reply.header('Content-Disposition', `inline; filename="${fileName}"`)
      return withoutEnvelope(text)
    },
  )
  app.get(
    '/analytics/principal',
    {
      schema: {
        operationId: 'getPrincipal',
        summary: 'Get whom customers’ roles trust: Sluice’s own user or role in AWS',
        tags: ['Outputs'],
        response: { 200: PrincipalAnswer },
      },
    },
    async () => writePrincipal(config.aws.principalArn),
  )
}

function documentOf(kit: SetupKit, format: SetupFormat): SetupDocument {
  const found = kit.documents.find((document) => document.format === format)
  if (found !== undefined) return found
  throw new CallerError(
    'NOT_FOUND',
    `The output ${kit.outputId} needs no ${format}: its bucket, and the KMS key if it names one, belong to ` +
      'the role’s own account.',
  )
}

/** A text goes out as it is; only what is no text meets the envelope and its schema. */
function withoutEnvelope(text: string): never {
  return text as never
}
