import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const SQLITE_BUSY = 5

/**
 * Takes a data directory for this process alone; two would overwrite each other's state. Node has no
 * flock; SQLite takes a kernel lock, which ends with the process however it ends.
 */
export function lockDirectory(directory: string): { release(): void } {
  const lock = new DatabaseSync(join(directory, 'local-aws.lock'))
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    if (!(cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY))
      throw cause
    throw new Error(`The directory ${directory} is in use by another local AWS.`, { cause })
  }
  return { release: () => lock.isOpen && lock.close() }
}
