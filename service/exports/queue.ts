import { sql } from 'kysely'
import type { Database } from '#database'
import { type TaskState, unfinishedStates } from './status.ts'

/** When the task was last asked for: a retry keeps `created_at`. For a query of `export_tasks`. */
export const askedAt = sql<Date>`coalesce(export_tasks.retried_at, export_tasks.created_at)`

interface QueuePart {
  status: TaskState
  count: number
  /** When the task that waits longest was asked for; undefined: there is none. */
  oldest: Date | undefined
}

/** Of all organizations: the tasks that are not over, by each status that such a task has. */
export async function readQueue(database: Database): Promise<QueuePart[]> {
  const rows = await database.db
    .selectFrom('export_tasks')
    .select((eb) => [
      'status',
      eb.fn.countAll<number>().as('count'),
      eb.fn.min<Date>(askedAt).as('oldest'),
    ])
    .where('status', 'in', unfinishedStates)
    .groupBy('status')
    .execute()
  return unfinishedStates.map((status) => {
    const row = rows.find((each) => each.status === status)
    return { status, count: Number(row?.count ?? 0), oldest: row?.oldest }
  })
}
