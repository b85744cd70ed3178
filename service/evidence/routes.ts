import { Type } from 'typebox'
import type { Config } from '#config'
import type { App, Routes } from '#http'
import { gatherFacts } from './facts.ts'
import { writeReport } from './report.ts'
import { ReportAnswer, ReportQuery, writeFacts } from './schema.ts'

/** …/{id}/report. */
export function evidenceRoutes({ config }: { config: Config }): Routes {
  return (app: App) => {
    app.get(
      '/analytics/outputs/s3-role-based/:id/report',
      {
        schema: {
          operationId: 'getS3RoleBasedOutputReport',
          summary:
            'Get a report for a security reviewer: who gets in, how it was proved, every use',
          description:
            'Reads what is known and asks AWS nothing. Without a format everything at once; with one, ' +
            'that document alone and without the envelope.',
          tags: ['Outputs'],
          params: Type.Object({ id: Type.String() }),
          querystring: ReportQuery,
          response: { 200: ReportAnswer },
        },
      },
      async ({ caller, params, query }, reply) => {
        const parts = { scope: caller.scope, principalArn: config.aws.principalArn }
        const facts = await gatherFacts(parts, { outputId: params.id, days: query.days })
        const answer = writeFacts(facts)
        const documents = writeReport(facts, answer)
        const asked = documents.find(({ format }) => format === query.format)
        if (asked === undefined) return { ...answer, documents }
        reply.type(`${asked.contentType}; charset=utf-8`)
        reply.header('Content-Disposition', `inline; filename="${asked.fileName}"`)
        // A page of a customer's own words, opened from the API's origin, may do nothing there.
        reply.header(
          'Content-Security-Policy',
          "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        )
        return asked.text as never // a text goes out as it is, past the envelope and its schema
      },
    )
  }
}
