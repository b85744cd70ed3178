import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const SQLITE_BUSY = 5

/**
 * Takes a directory for this process alone, until it ends. Node has no flock; SQLite takes a kernel
 * lock on a file, so a `kill -9` leaves nothing behind that would have to be judged. Throws a
 * sentence for the operator when another process holds it.
 */
export function lockDirectory(directory: string): { release(): void } {
  const lock = new DatabaseSync(join(directory, 'lock'))
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    const isBusy = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
    if (!isBusy) throw error
    throw new Error(
      `The data directory ${directory} is in use by another process. Stop that one, or choose ` +
        'another data directory.',
      { cause: error },
    )
  }
  return { release: () => lock.close() }
}
