import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

interface DirectoryLock {
  release(): void
}

/**
 * Takes a directory for this process alone. Node has no flock; SQLite takes a kernel lock on a file,
 * which ends with the process however it ends, so a `kill -9` leaves nothing to clean up and no
 * process id has to be guessed at. Throws a sentence for the operator when another process holds it.
 */
export function lockDirectory(directory: string): DirectoryLock {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const holderFile = join(directory, 'lock.holder')
  const lock = new DatabaseSync(join(directory, 'lock'))
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (!isBusy(error)) throw error
    throw new Error(
      `The data directory ${directory} is in use by ${describeHolder(holderFile)}. Stop that ` +
        'process, or choose another directory (SLUICE_DATA_DIR).',
      { cause: error },
    )
  }
  writeFileSync(holderFile, `${process.pid}\n`)
  return { release: () => lock.isOpen && lock.close() }
}

const SQLITE_BUSY = 5

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}

function describeHolder(holderFile: string): string {
  try {
    return `process ${Number(readFileSync(holderFile, 'utf8'))}`
  } catch {
    return 'another process'
  }
}
