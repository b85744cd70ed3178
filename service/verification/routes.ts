import { Type } from 'typebox'
import type { Config } from '#config'
import { CallerError } from '#errors'
import type { App, Caller, Routes } from '#http'
import { findProgress } from './progress.ts'
import { findRoleState } from './role-state.ts'
import {
  ProgressAnswer,
  VerificationAnswer,
  VerificationBody,
  writeProgressAnswer,
  writeVerification,
} from './schema.ts'
import type { RoleParts } from './verdicts.ts'
import { findVerification, verifyOutput } from './verify.ts'

const tags = ['Outputs']
const PATH = '/analytics/outputs/s3-role-based/:id/verification'
const ById = Type.Object({ id: Type.String() })

/** …/{id}/verification. */
export function verificationRoutes(
  parts: Omit<RoleParts, 'scope' | 'principalArn'> & { config: Config },
): Routes {
  const of = ({ scope }: Caller): RoleParts => {
    const { database, delivery, telemetry, config } = parts
    return { database, delivery, telemetry, principalArn: config.aws.principalArn, scope }
  }
  return (app: App) => {
    app.post(
      PATH,
      {
        config: { bodyOptional: true },
        schema: {
          operationId: 'verifyS3RoleBasedOutput',
          summary:
            'Try everything that an export would do, and say what is wrong and what to change',
          description:
            'Answers 200 with a report also for a role that is wrong. No call to S3 comes before the ' +
            'role has refused every wrong external id. At most 20 an hour for a role.',
          tags,
          params: ById,
          body: VerificationBody,
          response: { 200: VerificationAnswer },
        },
      },
      async (request, reply) => {
        const { caller, params, body } = request
        const gone = new AbortController()
        reply.raw.once('close', () => gone.abort(new Error('The caller has gone.')))
        const verification = await verifyOutput(of(caller), {
          outputId: params.id,
          wholeObject: body.wholeObject ?? false,
          signal: gone.signal,
        })
        return writeVerification(verification, await findRoleState(of(caller), params.id))
      },
    )
    app.get(
      PATH,
      {
        schema: {
          operationId: 'getS3RoleBasedOutputVerification',
          summary: 'The last report, and what is known of the role now',
          tags,
          params: ById,
          response: { 200: VerificationAnswer },
        },
      },
      async ({ caller, params }) => {
        const verification = await findVerification(caller.scope, params.id)
        if (verification === undefined) throw neverVerified(params.id)
        return writeVerification(verification, await findRoleState(of(caller), params.id))
      },
    )
    app.get(
      `${PATH}/progress`,
      {
        schema: {
          operationId: 'getS3RoleBasedOutputVerificationProgress',
          summary:
            'The steps of the newest verification that have ended, while it is under way too',
          tags,
          params: ById,
          response: { 200: ProgressAnswer },
        },
      },
      async ({ caller, params }) => {
        const progress = await findProgress(caller.scope, params.id)
        if (progress === undefined) throw neverVerified(params.id)
        return writeProgressAnswer(progress)
      },
    )
  }
}

function neverVerified(outputId: string): CallerError {
  return new CallerError(
    'NOT_FOUND',
    `The output '${outputId}' was never verified. POST to …/verification verifies it.`,
  )
}
