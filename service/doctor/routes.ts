import { randomBytes, randomUUID } from 'node:crypto'
import { Type } from 'typebox'
import type { Config } from '#config'
import type { Routes } from '#http'
import { getOutput, listOtherOutputs, targetOf } from '#outputs'
import { diagnose } from './diagnose.ts'
import { DoctorAnswer, DoctorBody } from './schema.ts'

/** More than AWS lets a role, a bucket and a key have together; the evaluation is as long as the text. */
const BODY_BYTES_MAX = 256 * 1024

/** POST /analytics/outputs/s3-role-based/:id/doctor */
export function doctorRoutes({ config }: { config: Config }): Routes {
  return (app) => {
    app.post(
      '/analytics/outputs/s3-role-based/:id/doctor',
      {
        bodyLimit: BODY_BYTES_MAX,
        schema: {
          operationId: 'diagnoseS3RoleBasedOutputPolicies',
          summary: 'Say from pasted policies what an export to the output would meet',
          description:
            'Evaluates the documents for exactly the calls of an export, and names the statement that ' +
            'decides each. Nothing is asked of AWS, and nothing of the body is kept.',
          tags: ['Outputs'],
          params: Type.Object({ id: Type.String() }),
          body: DoctorBody,
          response: { 200: DoctorAnswer },
        },
      },
      async (request) => {
        const { scope } = request.caller
        const output = await getOutput(scope, request.params.id)
        return diagnose({
          target: targetOf(output),
          principalArn: config.aws.principalArn,
          documents: request.body,
          otherOutputs: await listOtherOutputs(scope, output),
          make: { ownForm: randomUUID, random: () => randomBytes(16).toString('hex') },
        })
      },
    )
  }
}
