import { Type } from 'typebox'
import type { Config } from '#config'
import type { Database } from '#database'
import { CallerError } from '#errors'
import type { App } from '#http'
import { setEnforcement } from './enforcement.ts'
import { getOutput } from './find-output.ts'
import { externalIdEnforcements } from './output.ts'
import { OutputAnswer, writeOutput } from './schema.ts'

const Body = Type.Object(
  { externalIdEnforcement: Type.Enum([...externalIdEnforcements]) },
  { title: 'ExternalIdEnforcement' },
)

/** …/{id}/external-id-enforcement, for the operator alone. */
export function addEnforcement(app: App, parts: { config: Config; database: Database }): void {
  app.put(
    '/analytics/outputs/s3-role-based/:id/external-id-enforcement',
    {
      schema: {
        operationId: 'setExternalIdEnforcement',
        summary: 'Let files be written through a role that opens without its external id, or not',
        description:
          'For the operator alone, one output at a time, and never for a role that outputs of several ' +
          'organizations name.',
        tags: ['Outputs'],
        params: Type.Object({ id: Type.String() }),
        body: Body,
        response: { 200: OutputAnswer },
      },
    },
    async ({ caller, params, body }) => {
      const { database, config } = parts
      const { scope, isOperator } = caller
      await getOutput(scope, params.id)
      if (!isOperator)
        throw new CallerError('FORBIDDEN', 'Only the operator of Sluice may change this.')
      await setEnforcement({ database, scope }, params.id, body.externalIdEnforcement)
      return writeOutput(await getOutput(scope, params.id), config.aws.principalArn)
    },
  )
}
