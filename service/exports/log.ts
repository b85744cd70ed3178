import type { Selectable } from 'kysely'
import { type OrganizationScope, readPage } from '#database'
import type { ExportLogRow } from './rows.ts'

/** What happened to a task, for those who look into it afterwards. */
export interface LogEntry {
  at: Date
  event: LogEvent
  /** For people. */
  message: string
}

export const logEvents = [
  'ATTEMPT',
  'REFUSED',
  'POSTPONED',
  'HANDED_BACK',
  'FAILED',
  'FINISHED',
  'CANCEL_REQUESTED',
  'CANCELLED',
  'RETRIED',
] as const
export type LogEvent = (typeof logEvents)[number]

/** The newest of a task are kept. */
export const LOG_ENTRIES_MAX = 500

export async function writeLog(
  tx: OrganizationScope,
  taskId: string,
  entry: LogEntry,
): Promise<void> {
  await tx.insertInto('export_log', { task_id: taskId, ...entry }).execute()
  await tx
    .deleteFrom('export_log')
    .where('task_id', '=', taskId)
    .where('position', '<=', (eb) =>
      eb
        .selectFrom('export_log')
        .select('position')
        .where('task_id', '=', taskId)
        .orderBy('position', 'desc')
        .offset(LOG_ENTRIES_MAX)
        .limit(1),
    )
    .execute()
}

/** In the order in which it happened. */
export async function pageLog(
  scope: OrganizationScope,
  taskId: string,
  page: { offset: number; limit: number },
): Promise<{ items: Selectable<ExportLogRow>[]; totalCount: number }> {
  const query = scope
    .selectFrom('export_log')
    .selectAll()
    .where('task_id', '=', taskId)
    .orderBy('position')
  const { rows, totalCount } = await readPage(query, page)
  return { items: rows, totalCount }
}
