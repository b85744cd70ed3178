import type { components } from './generated/openapi.ts'
import { listAll } from './pages.ts'
import type { Transport } from './transport.ts'

type Schemas = components['schemas']
export type OperatorWorker = Schemas['OperatorWorkers']['workers'][number]
export type OrganizationQueue = Schemas['OperatorQueue']['organizations'][number]
export type FailingOutput = Schemas['OperatorFailingOutput']

/** Of all organizations: AccessError for every key but the operator's. */
export function operatorOf({ api, result }: Transport) {
  return {
    /** Processes that carry out export tasks, of the last day. */
    listWorkers: async (): Promise<OperatorWorker[]> => {
      const found = await result(api.GET('/v1/operator/workers'))
      return found.workers
    },
    /** How many export tasks of each organization wait, the longest wait first. */
    listQueues: async (): Promise<OrganizationQueue[]> => {
      const found = await result(api.GET('/v1/operator/queue'))
      return found.organizations
    },
    listFailingOutputs: () =>
      listAll((query) => result(api.GET('/v1/operator/failing-outputs', { params: { query } }))),
  }
}
