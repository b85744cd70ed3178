import {
  type Client,
  type ExportSchedule,
  type ExportTask,
  NotFoundError,
  type S3RoleBasedOutput,
  type Verification,
} from '@sluice/sdk'
import { queryOptions } from '@tanstack/react-query'
import type { ActingIn } from '../../frame/session.ts'
import { take } from '../../parts/take.ts'

/** Of each kind; who has more finds them on the pages of their own. */
const ITEMS_MAX = 10
const REFRESH_MS = 30_000

export interface OverviewOutput {
  output: S3RoleBasedOutput
  verification: Verification | undefined
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
      verification: await findVerification(client, output.id),
    })),
  )
}

/** An output that nobody has verified has no report. */
async function findVerification(client: Client, id: string): Promise<Verification | undefined> {
  return client.outputs.s3RoleBased.getVerification(id).catch((error: unknown) => {
    if (error instanceof NotFoundError) return undefined
    throw error
  })
}
