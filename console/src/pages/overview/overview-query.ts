import type {
  Client,
  ExportSchedule,
  ExportTask,
  S3RoleBasedOutput,
  Verification,
} from '@sluice/sdk'
import { queryOptions } from '@tanstack/react-query'
import type { ActingIn } from '../../frame/session.ts'
import { take } from '../../parts/take.ts'
import { orNull } from '../output/output-queries.ts'

/** Of each kind; who has more finds them on the pages of their own. */
const ITEMS_MAX = 10
const REFRESH_MS = 30_000

export interface OverviewOutput {
  output: S3RoleBasedOutput
  /** Null: nobody has verified it. */
  verification: Verification | null
}

export function overviewQueries({ client, organization }: ActingIn) {
  const of = (what: string) => [organization.id, 'overview', what]
  const options = { refetchInterval: REFRESH_MS }
  return {
    outputs: queryOptions({
      ...options,
      queryKey: of('outputs'),
      queryFn: (): Promise<OverviewOutput[]> => readOutputs(client),
    }),
    schedules: queryOptions({
      ...options,
      queryKey: of('schedules'),
      queryFn: (): Promise<ExportSchedule[]> => take(client.exportSchedules.list(), ITEMS_MAX),
    }),
    tasks: queryOptions({
      ...options,
      queryKey: of('exports'),
      queryFn: (): Promise<ExportTask[]> => take(client.exportTasks.list(), ITEMS_MAX),
    }),
  }
}

async function readOutputs(client: Client): Promise<OverviewOutput[]> {
  const outputs = await take(client.outputs.s3RoleBased.list(), ITEMS_MAX)
  return Promise.all(
    outputs.map(async (output) => ({
      output,
      verification: await orNull(client.outputs.s3RoleBased.getVerification(output.id)),
    })),
  )
}
