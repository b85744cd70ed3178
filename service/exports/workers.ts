import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Clock, Database, OrganizationId } from '#database'
import { unfinishedStates } from './status.ts'

/** A worker says so often that it is there. */
const HEARTBEAT_MS = 10_000
/** One that has not for so long is taken for dead. */
export const SILENCE_MS_MAX = 30_000
/** Rows of dead workers are kept so long, for who looks after them. */
const KEPT_MS = 86_400_000

interface Presence {
  /** Of this worker; claims carry it. */
  readonly id: string
  /** The row goes. */
  end(): Promise<void>
}

/** Shows a worker to the operator until it ends. That the database is away for a while does no harm. */
export function announceWorker(
  parts: { database: Database; clock: Clock; onFault(error: unknown): void },
  concurrency: number,
): Presence {
  const { database, clock, onFault } = parts
  const id = randomUUID()
  const startedAt = clock.now()
  const beat = async () => {
    const seen_at = clock.now()
    const row = { id, host: hostname(), process_id: process.pid, concurrency }
    await database.db
      .insertInto('workers')
      .values({ ...row, started_at: startedAt, seen_at })
      .onConflict((on) => on.column('id').doUpdateSet({ seen_at }))
      .execute()
    await database.db
      .deleteFrom('workers')
      .where('seen_at', '<', new Date(seen_at.getTime() - KEPT_MS))
      .execute()
  }
  let last = beat().catch(onFault)
  const timer = setInterval(() => {
    last = last.then(beat).catch(onFault)
  }, HEARTBEAT_MS)
  return {
    id,
    end: async () => {
      clearInterval(timer)
      await last
      await database.db.deleteFrom('workers').where('id', '=', id).execute().catch(onFault)
    },
  }
}

export interface WorkerState {
  id: string
  host: string
  processId: number
  concurrency: number
  startedAt: Date
  seenAt: Date
  isAlive: boolean
  /** Under a lease of its own. */
  tasks: { id: string; organizationId: OrganizationId }[]
}

/** Those of the last day, the newest first, with what each is at. */
export async function listWorkers(database: Database, now: Date): Promise<WorkerState[]> {
  const workers = await database.db
    .selectFrom('workers')
    .selectAll()
    .orderBy('started_at', 'desc')
    .limit(WORKERS_MAX)
    .execute()
  const held = await database.db
    .selectFrom('export_tasks')
    .select(['id', 'organization_id', 'worker_id'])
    .where('status', 'in', unfinishedStates)
    .where('lease_until', '>', now)
    .execute()
  return workers.map((worker) => ({
    id: worker.id,
    host: worker.host,
    processId: worker.process_id,
    concurrency: worker.concurrency,
    startedAt: worker.started_at,
    seenAt: worker.seen_at,
    isAlive: now.getTime() - worker.seen_at.getTime() <= SILENCE_MS_MAX,
    tasks: held
      .filter(({ worker_id }) => worker_id === worker.id)
      .map(({ id, organization_id }) => ({ id, organizationId: organization_id })),
  }))
}

const WORKERS_MAX = 1000
