import { hourMs } from './plan.ts'

/**
 * A task is QUEUED until a worker begins to deliver; for that, everything before its end is stored, and what
 * it will read is pinned. STARTED while files are delivered. FINISHED when every file and the manifest are in
 * the bucket, for good. ERROR when someone must act first.
 *
 * Cancelled while no worker delivers it and no upload of it is open, it is CANCELLED at once; else it is CANCELLING
 * until a worker has stopped it and aborted its uploads, then CANCELLED: without a manifest, with the files that were delivered.
 * Once the manifest is on its way it finishes instead. Retried, a task in ERROR or CANCELLED is QUEUED again.
 */
export type TaskState = 'QUEUED' | 'STARTED' | 'CANCELLING' | 'CANCELLED' | 'FINISHED' | 'ERROR'

const moves: Record<TaskState, readonly TaskState[]> = {
  QUEUED: ['STARTED', 'CANCELLING', 'CANCELLED', 'ERROR'],
  STARTED: ['STARTED', 'CANCELLING', 'CANCELLED', 'FINISHED', 'ERROR'],
  CANCELLING: ['CANCELLED'],
  CANCELLED: ['QUEUED'],
  FINISHED: [],
  ERROR: ['QUEUED'],
}

const states = Object.keys(moves) as TaskState[] // exactly the keys of the literal above

/** The states from which a task may move there: what a compare-and-set compares with. */
export function statesBefore(state: TaskState): TaskState[] {
  return states.filter((from) => moves[from].includes(state))
}

/** The states in which a worker has something to do. */
export const unfinishedStates: TaskState[] = ['QUEUED', 'STARTED', 'CANCELLING']

/** What the SDKs of the API know. */
export type TaskStatus = 'QUEUED' | 'STARTED' | 'FINISHED' | 'ERROR'

/** As a client that knows four states sees it: whether to wait, and whether everything is there. */
export function statusOf(state: TaskState): TaskStatus {
  switch (state) {
    case 'CANCELLING':
      return 'STARTED'
    case 'CANCELLED':
      return 'ERROR'
    default:
      return state
  }
}

/** Integer percent; 100 only when the last of the files is delivered. */
export function progressOf(files: { delivered: number; total: number }): number {
  return Math.floor((files.delivered * 100) / Math.max(files.total, 1))
}

/**
 * What a task that is QUEUED waits for, for people: files are made of closed hours. Undefined when its hours are
 * over: then it is its turn as soon as a worker is free.
 */
export function waitOf(
  task: { state: TaskState; window: { start: Date; end: Date } },
  now: Date,
): string | undefined {
  const { start, end } = task.window
  const hourStart = new Date(Math.floor((end.getTime() - 1) / hourMs) * hourMs)
  const hourEnd = new Date(hourStart.getTime() + hourMs)
  if (task.state !== 'QUEUED' || hourEnd <= now) return undefined
  const wait =
    `The hour that ends at ${hourEnd.toISOString()} is still open; ` +
    'the export begins by itself once it is closed.'
  const instead = `To have the hours before it now, export with endTime ${hourStart.toISOString()}.`
  return hourStart > start ? `${wait} ${instead}` : wait
}
