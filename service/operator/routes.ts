import type { Database } from '#database'
import { CallerError } from '#errors'
import { listWorkers } from '#exports'
import { PageQuery, pageOf, pageSchema, type Routes } from '#http'
import { pageFailingOutputs, readQueues } from './operator.ts'
import {
  FailingOutputAnswer,
  QueueAnswer,
  WorkersAnswer,
  writeFailingOutput,
  writeQueue,
  writeWorker,
} from './schema.ts'

const tags = ['Operator']

/** /operator. */
export function operatorRoutes({ database }: { database: Database }): Routes {
  return (app) => {
    app.addHook('preHandler', async ({ caller }) => {
      if (!caller.isOperator)
        throw new CallerError('FORBIDDEN', 'Only the operator of Sluice may see this.')
    })
    app.get(
      '/operator/workers',
      {
        schema: {
          operationId: 'listWorkers',
          summary: 'List the processes that carry out export tasks, and what each is at',
          tags,
          response: { 200: WorkersAnswer },
        },
      },
      async ({ caller }) => {
        const workers = await listWorkers(database, caller.scope.clock.now())
        return { workers: workers.map(writeWorker) }
      },
    )
    app.get(
      '/operator/queue',
      {
        schema: {
          operationId: 'getQueue',
          summary: 'Say of each organization how many export tasks wait, and since when',
          tags,
          response: { 200: QueueAnswer },
        },
      },
      async () => ({ organizations: (await readQueues(database)).map(writeQueue) }),
    )
    app.get(
      '/operator/failing-outputs',
      {
        schema: {
          operationId: 'listFailingOutputs',
          summary:
            'List the outputs of all organizations through which nothing arrives as it should',
          description:
            'A role that failed its probes, a last export task in ERROR, or an hour overdue.',
          tags,
          querystring: PageQuery,
          response: { 200: pageSchema(FailingOutputAnswer) },
        },
      },
      async (request) =>
        pageOf(request, await pageFailingOutputs(database, request.query), writeFailingOutput),
    )
  }
}
