/**
 * A task is QUEUED until everything before its end is stored and a worker has pinned what it will
 * read; STARTED while files are delivered; FINISHED when every file and the manifest are in the bucket;
 * ERROR when someone must act first. FINISHED and ERROR are for good.
 */
export type TaskStatus = 'QUEUED' | 'STARTED' | 'FINISHED' | 'ERROR'

const moves: Record<TaskStatus, readonly TaskStatus[]> = {
  QUEUED: ['STARTED', 'ERROR'],
  STARTED: ['FINISHED', 'ERROR'],
  FINISHED: [],
  ERROR: [],
}

const statuses = Object.keys(moves) as TaskStatus[] // exactly the keys of the literal above

/** The states from which a task may move there: what a compare-and-set compares with. */
export function statusesBefore(status: TaskStatus): TaskStatus[] {
  return statuses.filter((from) => moves[from].includes(status))
}

/** The states in which a worker has something to do. */
export const unfinishedStatuses: TaskStatus[] = statuses.filter(
  (status) => moves[status].length > 0,
)

/** Integer percent; 100 only when the last of the files is delivered. */
export function progressOf(files: { delivered: number; total: number }): number {
  return Math.floor((files.delivered * 100) / Math.max(files.total, 1))
}
