import type { Database } from '#database'
import { type TaskState, unfinishedStates } from './status.ts'

/** Of all organizations: the tasks that are not over, by status, and since when the oldest of each waits. */
export async function readQueue(
  database: Database,
): Promise<{ status: TaskState; count: number; oldest: Date }[]> {
  const rows = await database.db
    .selectFrom('export_tasks')
    .select((eb) => [
      'status',
      eb.fn.countAll<number>().as('count'),
      eb.fn.min('created_at').as('oldest'),
    ])
    .where('status', 'in', unfinishedStates)
    .groupBy('status')
    .execute()
  return rows.map(({ status, count, oldest }) => ({ status, count: Number(count), oldest }))
}
